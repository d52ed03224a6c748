import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { randomOf } from '../../../handlers/sources/testing/random.ts'
import type { Command } from '../../lib/cli/command.ts'
import { countOption } from '../../lib/cli/options.ts'
import type { Mutant } from './mutants.ts'

const HELP = `Changes the core in one place after another, in a copy, and runs the tests of that part.
Prints every change that no test notices.

  npm run mutate -- [--sample N] [--seed N] [part of a file's name …]

  --sample N   number of mutants, chosen at random (default: all)
  --seed N     determines the choice (default: 1)
`

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** The files of the core and the tests that must notice their changes. The tests of a group run in one process. */
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

/**
 * The tests of a mutant may take this many times as long as those of the unchanged code, plus five seconds. If they
 * take longer, the mutant counts as noticed: it is an endless loop.
 */
const PATIENCE = 3

const files = readdirSync(join(root, 'handlers'), { recursive: true, encoding: 'utf8' }).map(it => `handlers/${it}`)

/** Copies and processes that are removed when this process ends, however it ends. */
const copies = new Set<string>()
const children = new Set<ChildProcess>()

function removeOnExit(): void {
  process.on('exit', () => {
    for (const child of children) child.kill('SIGKILL')
    for (const copy of copies) rmSync(copy, { recursive: true, force: true, maxRetries: 5 })
  })
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    process.once(signal, () => process.exit(code))
}

export const mutate: Command = async (args, _env, print, note) => {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { sample: { type: 'string' }, seed: { type: 'string', default: '1' }, help: { type: 'boolean' } },
    allowPositionals: true,
  })
  if (values.help) {
    print(HELP)
    return true
  }
  const sample = values.sample === undefined ? Number.POSITIVE_INFINITY : countOption('--sample', values.sample)
  const seed = countOption('--seed', values.seed, 0)
  removeOnExit()
  note('looking for mutants …')
  const mutants = (await mutantsOfCore(positionals, seed)).slice(0, sample)
  const count = mutants.length
  const timeouts = await runUnchanged(mutants, note)
  const survivors = await survivorsOf(mutants, timeouts, note)
  for (const { file, line, from, to } of survivors) print(`${file}:${line}: ${from}  →  ${to || '(nothing)'}`)
  const noticed = count - survivors.length
  print(`${noticed} of ${count} mutants noticed: ${((100 * noticed) / Math.max(1, count)).toFixed(1)} %`)
  return true
}

/** A mutant and the files of the tests that must notice it. */
interface TestedMutant {
  readonly mutant: Mutant
  readonly tests: readonly string[]
}

/** The mutants of the core, in random order. @param parts of the names of their files; without any, of all files */
async function mutantsOfCore(parts: readonly string[], seed: number): Promise<TestedMutant[]> {
  const { mutantsOf } = await import('./mutants.ts')
  const random = randomOf('mutate', seed)
  const isChosen = (file: string) => parts.length === 0 || parts.some(part => file.includes(part))
  return GROUPS.flatMap(({ files: pattern, tests }) =>
    files
      .filter(file => pattern.test(file) && !/\.test\.ts$|\/testing\//.test(file) && isChosen(file))
      .flatMap(file => mutantsOf(file, readFileSync(join(root, file), 'utf8')))
      .map(mutant => ({ mutant, tests: files.filter(file => tests.test(file)), order: random.next() })),
  ).sort((a, b) => a.order - b.order)
}

/**
 * Runs the tests of the unchanged code.
 * @returns the timeout of each group of tests in milliseconds, by `tests.join()`
 * @throws where they fail
 */
async function runUnchanged(
  mutants: readonly TestedMutant[],
  note: (text: string) => void,
): Promise<ReadonlyMap<string, number>> {
  const copy = copyOfTree()
  const timeouts = new Map<string, number>()
  for (const { tests } of mutants) {
    const key = tests.join()
    if (timeouts.has(key)) continue
    const group = `group ${timeouts.size + 1}: ${tests.length} files`
    note(`${mutants.length} mutants; first the tests of the unchanged code, ${group}`)
    const started = performance.now()
    if (!(await pass(copy, tests, 600_000))) throw new Error(`tests fail on the unchanged code: ${key}`)
    timeouts.set(key, 5_000 + Math.ceil(PATIENCE * (performance.now() - started)))
  }
  return timeouts
}

/** Runs the tests of every mutant. @returns the mutants that none of their tests notices, in the order of the code */
async function survivorsOf(
  mutants: readonly TestedMutant[],
  timeouts: ReadonlyMap<string, number>,
  note: (text: string) => void,
): Promise<readonly Mutant[]> {
  const survivors: Mutant[] = []
  const waiting = mutants.values()
  let tried = 0
  const work = async () => {
    const copy = copyOfTree()
    for (const { mutant, tests } of waiting) {
      const path = join(copy, mutant.file)
      const original = readFileSync(path)
      writeFileSync(path, mutant.text)
      const isNoticed = !(await pass(copy, tests, timeouts.get(tests.join()) ?? 0))
      if (!isNoticed) survivors.push(mutant)
      writeFileSync(path, original)
      const verdict = isNoticed ? 'noticed' : 'NOT NOTICED'
      note(`${++tried} of ${mutants.length}: ${verdict}, ${mutant.file}:${mutant.line}`)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  return survivors.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line))
}

/** A temporary copy of what the tests need. It is removed when this process ends. */
function copyOfTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'chatlake-mutate-'))
  copies.add(copy)
  for (const name of ['handlers', 'fixtures', 'sql', 'scripts', 'package.json', 'tsconfig.json'])
    cpSync(join(root, name), join(copy, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  return copy
}

/** Runs tests in one process, without S3. @returns whether all pass */
async function pass(directory: string, tests: readonly string[], timeout: number): Promise<boolean> {
  const { CI: _, VERSITYGW: __, ...env } = process.env
  const child = spawn(process.execPath, ['scripts/run.mjs', 'scripts/dev/mutate/run-tests.ts', ...tests], {
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
