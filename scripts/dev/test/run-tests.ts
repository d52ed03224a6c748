import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
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

/** Test files that one process runs, one after another. */
const FILES_PER_PROCESS = 8

export interface TestRun {
  /** The repository's folder. */
  readonly root: string
  /** Beginnings of the paths of the test files to run; all files if empty. */
  readonly paths?: readonly string[]
  /** Whether to leave out the files that take long. */
  readonly isFast?: boolean
}

/**
 * Runs the test files, several in each process, and prints what node's spec reporter says.
 *
 * What tests and the processes that they start log is captured in a file, by capture-output.mjs. The run fails, too,
 * where it holds personal data of the fixtures.
 * @returns whether all tests passed and nothing personal was logged
 */
export async function runTests({ root, paths = [], isFast = false }: TestRun): Promise<boolean> {
  const folder = await compile(root)
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.test.js'))
    .filter(file => paths.length === 0 || paths.some(path => file.startsWith(path.replace(/\.ts$/, ''))))
    .filter(file => !isFast || !SLOW.some(pattern => pattern.test(file)))
    .sort()

  const temporary = mkdtempSync(join(tmpdir(), 'chatlake-test-'))
  const captured = join(temporary, 'captured')
  writeFileSync(captured, '')
  process.env.CAPTURED_LOG = captured
  process.env.NO_COLOR = '1' // what commands print is compared, and picocolors takes CI for a terminal
  const capture = new URL('../../lib/testing/capture-output.mjs', import.meta.url)
  process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --enable-source-maps --import ${capture}`

  let allPassed = true
  let printed = ''
  await new Promise<void>(resolve =>
    run({ files: programs(folder, files, temporary), concurrency: Math.max(2, availableParallelism()) })
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

  const lines = `${readFileSync(captured, 'utf8')}${printed}`.split('\n')
  rmSync(temporary, { recursive: true })
  const leaks = piiLeaks(lines)
  console.log(
    leaks.length > 0
      ? `✖ logged, though it is personal:\n  ${leaks.join('\n  ')}`
      : `✔ nothing of the fixtures' people in ${lines.length} lines that were logged`,
  )
  return allPassed && leaks.length === 0
}

/** Writes programs that run test files, each file as a suite, and returns their paths. */
function programs(folder: string, files: readonly string[], directory: string): string[] {
  const groups = Array.from({ length: Math.ceil(files.length / FILES_PER_PROCESS) }, (_, i) =>
    files.slice(i * FILES_PER_PROCESS, (i + 1) * FILES_PER_PROCESS),
  )
  return groups.map((group, i) => {
    const suites = group.map(file => {
      const name = JSON.stringify(file.replace(/\.js$/, '.ts'))
      const url = JSON.stringify(pathToFileURL(join(folder, file)).href)
      return `suite(${name}, () => import(${url}))`
    })
    const program = join(directory, `tests-${i + 1}.mjs`)
    writeFileSync(program, `${PREAMBLE}${suites.join('\n')}\n`)
    return program
  })
}

/** A file finds the environment and the working directory as if it ran alone. */
const PREAMBLE = `import { before, describe } from 'node:test'
const [env, cwd] = [{ ...process.env }, process.cwd()]
function suite(name, load) {
  describe(name, () => {
    before(() => {
      for (const key of Object.keys(process.env)) if (!(key in env)) delete process.env[key]
      Object.assign(process.env, env)
      process.chdir(cwd)
    })
    return load()
  })
}
`
