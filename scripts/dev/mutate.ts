import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { runCommand } from '../lib/cli/command.ts'
import { countOption } from '../lib/cli/options.ts'
import { type Mutant, mutantsOf } from './mutate/mutants.ts'
import { randomOf } from './verify-faults/random.ts'

const HELP = `Breaks the core in one place after the other, in a copy, and looks whether its tests notice. Prints what they did not.

  npm run mutate -- [--sample N] [--seed N] [part of a file's name …]

  --sample N   so many mutants, taken at random; all of them unless told
  --seed N     which ones, 1 unless told
`

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The core, and the tests that must notice when it is broken: each group runs in one process, without S3. */
const GROUPS: readonly { readonly files: RegExp; readonly tests: RegExp }[] = [
  { files: /^handlers\/sources\/.*(rows|json|json-tape)\.ts$/, tests: /^handlers\/sources\/.*test\.ts$/ },
  {
    files: /^handlers\/(ingest\/(receive|handler)|webhook\/\w[\w-]*|sources\/\w+\/webhook)\.ts$/,
    tests: /^handlers\/(ingest\/(?!lambda)|webhook\/|sources\/\w+\/webhook).*test\.ts$/,
  },
  {
    files: /^handlers\/lake\/(layout|calendar)\.ts$/,
    tests: /^handlers\/(lake\/(layout|calendar)|transform\/event)\.test\.ts$/,
  },
  { files: /^handlers\/lake\/parquet\.ts$/, tests: /^handlers\/lake\/parquet\.test\.ts$/ },
  { files: /^handlers\/lake\/s3-(reader|store)\.ts$/, tests: /^handlers\/lake\/s3-(reader|store)\.test\.ts$/ },
  {
    files: /^handlers\/lake\/(prefetch|object-store|directory-store)\.ts$/,
    tests: /^handlers\/lake\/(prefetch|object-store|directory-store)\.test\.ts$/,
  },
  { files: /^handlers\/observe\/\w+\.ts$/, tests: /^handlers\/observe\/log\.test\.ts$/ },
  { files: /^handlers\/transform\/(?!lambda)[\w-]+\.ts$/, tests: /^handlers\/transform\/(?!lambda).*test\.ts$/ },
]

/** A mutant whose tests take so many times as long as they should, and five seconds, is one that never ends: noticed. */
const PATIENCE = 3

const files = readdirSync(join(root, 'handlers'), { recursive: true, encoding: 'utf8' }).map(it => `handlers/${it}`)

/** What is to be gone when this process is, however it ends. */
const copies = new Set<string>()
const children = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
  for (const copy of copies) rmSync(copy, { recursive: true, force: true, maxRetries: 5 })
})
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.once(signal, () => process.exit(code))

await runCommand('mutate', async () => {
  const { values, positionals } = parseArgs({
    options: { sample: { type: 'string' }, seed: { type: 'string', default: '1' }, help: { type: 'boolean' } },
    allowPositionals: true,
  })
  if (values.help) return console.log(HELP)
  const sample = values.sample === undefined ? Number.POSITIVE_INFINITY : countOption('--sample', values.sample)
  const random = randomOf('mutate', countOption('--seed', values.seed, 0))
  console.error('looking for mutants …')
  const mutants = GROUPS.flatMap(({ files: pattern, tests }) =>
    files
      .filter(
        file =>
          pattern.test(file) &&
          !file.endsWith('.test.ts') &&
          (positionals.length === 0 || positionals.some(it => file.includes(it))),
      )
      .flatMap(file => mutantsOf(file, readFileSync(join(root, file), 'utf8')))
      .map(mutant => ({ mutant, tests: files.filter(file => tests.test(file)), order: random.next() })),
  )
    .sort((a, b) => a.order - b.order)
    .slice(0, sample)

  const survivors: Mutant[] = []
  let tried = 0
  const all = mutants.length
  const work = async () => {
    const copy = copyOfTree()
    for (let next = mutants.pop(); next; next = mutants.pop()) {
      const { mutant, tests } = next
      const path = join(copy, mutant.file)
      const original = readFileSync(path)
      writeFileSync(path, mutant.text)
      const isNoticed = !(await pass(copy, tests, timeouts.get(tests.join()) ?? 0))
      if (!isNoticed) survivors.push(mutant)
      writeFileSync(path, original)
      console.error(`${++tried} of ${all}: ${isNoticed ? 'noticed' : 'NOT NOTICED'}, ${mutant.file}:${mutant.line}`)
    }
  }
  const unbroken = copyOfTree()
  const timeouts = new Map<string, number>()
  for (const { tests } of mutants) {
    const key = tests.join()
    if (timeouts.has(key)) continue
    console.error(
      `${all} mutants; first the tests of the unbroken code, group ${timeouts.size + 1}: ${tests.length} files`,
    )
    const started = performance.now()
    if (!(await pass(unbroken, tests, 600_000))) throw new Error(`tests fail on the unbroken code: ${key}`)
    timeouts.set(key, 5_000 + Math.ceil(PATIENCE * (performance.now() - started)))
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))

  survivors.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line))
  for (const { file, line, from, to } of survivors) console.log(`${file}:${line}: ${from}  →  ${to || '(nothing)'}`)
  console.log(
    `${tried - survivors.length} of ${tried} mutants noticed: ${((100 * (tried - survivors.length)) / Math.max(1, tried)).toFixed(1)} %`,
  )
})

function copyOfTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'chatlake-mutate-'))
  copies.add(copy)
  for (const name of ['handlers', 'fixtures', 'sql', 'scripts', 'package.json', 'tsconfig.json'])
    cpSync(join(root, name), join(copy, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  return copy
}

/** Whether all the tests pass, in one process. */
async function pass(directory: string, tests: readonly string[], timeout: number): Promise<boolean> {
  const { CI: _, VERSITYGW: __, ...env } = process.env
  const child = spawn(process.execPath, ['scripts/run.mjs', 'scripts/dev/mutate/import-tests.ts', ...tests], {
    cwd: directory,
    stdio: 'ignore',
    timeout,
    killSignal: 'SIGKILL',
    env: { ...env, PATH: '', XDG_CACHE_HOME: directory },
  })
  children.add(child)
  const [code] = await once(child, 'exit')
  children.delete(child)
  return code === 0
}
