import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { availableParallelism, release, tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { pathToFileURL } from 'node:url'
import { piiLeaks } from '../../../handlers/observe/testing/pii-leaks.ts'
import { compile } from './compile.ts'

/** Test files that take long, or that need `npm run build`. */
const SLOW = [
  /^handlers\/lake\/(object-store|packed-strings|parquet|s3-\w+)\./,
  /^handlers\/(ingest|transform)\/(lambda|transform-)/,
  /^handlers\/observe\/pii-leaks\./,
  /^handlers\/sources\/(json-cuts|properties|reference|testing\/)/,
  /^infra\/(?!bundle|settings)/,
  /^scripts\/[\w-]+\.test/, // commands in processes of their own
  /^scripts\/backfill\/schedule\./,
  /^scripts\/dev\/(?!imports)/,
  /^scripts\/erase\/properties\./,
  /^scripts\/lib\/testing\//,
  /^scripts\/query\/(athena|duckdb|golden|s3-lake|trino)/,
  /^scripts\/report\/browser\./,
]

/**
 * The files of a unit run in one process, one after another: those of the infrastructure share CDKTF, which takes long
 * to load, and its syntheses. Any other file is a unit.
 */
const unitOf = (file: string) => (file.startsWith('infra/') ? 'infra' : file)

/** Where the time that each test file took last is kept, in seconds, relative to the repository's folder. */
const TIMES = join('.cache', 'test-times.json')

export interface TestRun {
  /** The repository's folder. */
  readonly root: string
  /** Beginnings of the paths of the test files to run; all files if empty. */
  readonly paths?: readonly string[]
  /** Whether to leave out the files that take long. */
  readonly isFast?: boolean
}

/**
 * Runs the test files and prints what node's spec reporter says.
 *
 * A few processes run them; each takes the next unit as soon as it is done with one, those that took longest first.
 * What tests and the processes that they start log is captured in a file, by capture-output.mjs. The run fails, too,
 * where it holds personal data of the fixtures.
 * @returns whether all files were run, all tests passed and nothing personal was logged
 */
export async function runTests({ root, paths = [], isFast = false }: TestRun): Promise<boolean> {
  const folder = await compile(root)
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const timesFile = join(root, TIMES)
  const times: Record<string, number> = existsSync(timesFile) ? JSON.parse(readFileSync(timesFile, 'utf8')) : {}
  const isSlow = (file: string) => SLOW.some(pattern => pattern.test(file))
  /** A file that was never run is ranked by the list and by its size in 100 KB. */
  const timeOf = (file: string) => times[file] ?? (isSlow(file) ? 5 : 0) + statSync(join(folder, file)).size / 1e5
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.test.js'))
    .filter(file => paths.length === 0 || paths.some(path => file.startsWith(path.replace(/\.ts$/, ''))))
    .filter(file => !isFast || !isSlow(file))
  const unitTimes = new Map<string, number>()
  for (const file of files) unitTimes.set(unitOf(file), (unitTimes.get(unitOf(file)) ?? 0) + timeOf(file))
  files.sort((a, b) => (unitTimes.get(unitOf(b)) ?? 0) - (unitTimes.get(unitOf(a)) ?? 0))

  const temporary = mkdtempSync(join(memoryFolder() ?? tmpdir(), 'chatlake-test-'))
  process.once('exit', () => rmSync(temporary, { recursive: true, force: true }))
  // Without a handler a signal ends the process before it removes its folders.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  process.env.TMPDIR = temporary
  const captured = join(temporary, 'captured')
  writeFileSync(captured, '')
  process.env.CAPTURED_LOG = captured
  process.env.NO_COLOR = '1' // what commands print is compared, and picocolors takes CI for a terminal
  const capture = new URL('../../lib/testing/capture-output.mjs', import.meta.url)
  process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --enable-source-maps --import ${capture}`

  // One process more than processors, because some tests wait.
  const processes = Math.min(files.length, Math.max(2, availableParallelism()) + 1)
  const queue = join(temporary, 'queue')
  mkdirSync(queue)
  let allPassed = true
  let printed = ''
  await new Promise<void>(resolve =>
    run({ files: programs(folder, files, queue, processes), concurrency: processes })
      .on('test:fail', () => {
        allPassed = false
      })
      .on('test:stdout', ({ message }) => {
        printed += message
      })
      .compose(new spec())
      .on('end', resolve)
      .pipe(process.stdout),
  )

  for (const [i, file] of files.entries()) {
    const done = join(queue, `${i}.done`)
    if (existsSync(done)) times[file] = Number(readFileSync(done, 'utf8'))
    else {
      allPassed = false
      console.log(`✖ not run to its end: ${file.replace(/\.js$/, '.ts')}`)
    }
  }
  writeFileSync(timesFile, JSON.stringify(times, null, 1))
  const lines = `${readFileSync(captured, 'utf8')}${printed}`.split('\n')
  const leaks = piiLeaks(lines)
  console.log(
    leaks.length > 0
      ? `✖ logged, though it is personal:\n  ${leaks.join('\n  ')}`
      : `✔ nothing of the fixtures' people in ${lines.length} lines that were logged`,
  )
  return allPassed && leaks.length === 0
}

/**
 * A folder in memory for temporary files: the tests write some 30,000, and on some disks each costs a millisecond.
 * Undefined where there is none, TMPDIR is set, it has little space, or it may lack the extended attributes that the
 * S3 server of the tests needs: Linux has them in tmpfs since 6.6.
 */
function memoryFolder(): string | undefined {
  const folder = '/dev/shm'
  const [major = 0, minor = 0] = release().split('.').map(Number)
  if (process.platform !== 'linux' || process.env.TMPDIR || major * 100 + minor < 606 || !existsSync(folder)) return
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize > 2 * 2 ** 30 ? folder : undefined
}

/** Writes programs that run test files, each file as a suite, and returns their paths. */
function programs(folder: string, files: readonly string[], queue: string, count: number): string[] {
  const suites = files.map(file => [
    file.replace(/\.js$/, '.ts'),
    pathToFileURL(join(folder, file)).href,
    unitOf(file).replaceAll(sep, '-'),
  ])
  const text = `const suites = ${JSON.stringify(suites)}\nconst queue = ${JSON.stringify(queue)}\n${PROGRAM}`
  return Array.from({ length: count }, (_, i) => {
    const program = join(queue, `tests-${i + 1}.mjs`)
    writeFileSync(program, text)
    return program
  })
}

/**
 * Runs files until none is left. The process that creates `<queue>/<unit>` takes the unit; `<i>.done` holds the seconds
 * of the file i.
 * A file finds the environment and the working directory as if it ran alone.
 */
const PROGRAM = `import { closeSync, openSync, writeFileSync } from 'node:fs'
import { after, before, describe } from 'node:test'
const [env, cwd] = [{ ...process.env }, process.cwd()]
const taken = new Set()
function take(unit) {
  if (taken.has(unit)) return true
  try {
    closeSync(openSync(\`\${queue}/\${unit}\`, 'wx'))
    taken.add(unit)
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    return false
  }
}
for (const [i, [name, url, unit]] of suites.entries()) {
  if (!take(unit)) continue
  const start = performance.now()
  await new Promise(done => {
    describe(name, async () => {
      before(() => {
        for (const key of Object.keys(process.env)) if (!(key in env)) delete process.env[key]
        Object.assign(process.env, env)
        process.chdir(cwd)
      })
      try {
        await import(url)
      } catch (error) {
        done()
        throw error
      }
      after(done)
    })
  })
  writeFileSync(\`\${queue}/\${i}.done\`, String((performance.now() - start) / 1000))
}
`
