import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { runCommand, UsageError } from './cli/command.ts'
import { type Mutant, mutantsOf } from './mutate/mutants.ts'
import { randomOf } from './verify-faults/random.ts'

const HELP = `Breaks the core in one place after the other, in a copy, and looks whether its tests notice. Prints what they did not.

  npm run mutate -- [--sample N] [--seed N] [part of a file's name …]

  --sample N   so many mutants, taken at random; all of them unless told
  --seed N     which ones, 1 unless told
`

const root = fileURLToPath(new URL('..', import.meta.url))

/** The core, and the tests that must notice when it is broken: each group runs in one process, without S3. */
const GROUPS: readonly { readonly files: RegExp; readonly tests: RegExp }[] = [
  { files: /^handlers\/sources\/.*(rows|json|json-slice)\.ts$/, tests: /^handlers\/sources\/.*test\.ts$/ },
  {
    files: /^handlers\/(ingest\/(receive|http|configuration|constant-time|handler)|sources\/\w+\/webhook)\.ts$/,
    tests: /^handlers\/(ingest\/(?!lambda)|sources\/\w+\/webhook).*test\.ts$/,
  },
  {
    files: /^handlers\/lake\/(layout|calendar)\.ts$/,
    tests: /^handlers\/(lake\/(layout|calendar)|transform\/event)\.test\.ts$/,
  },
  { files: /^handlers\/transform\/(?!lambda)[\w-]+\.ts$/, tests: /^handlers\/transform\/(?!lambda).*test\.ts$/ },
]

/** A mutant whose tests take so many times as long as they should, and five seconds, is one that never ends: noticed. */
const PATIENCE = 3

const files = readdirSync(join(root, 'handlers'), { recursive: true, encoding: 'utf8' }).map(it => `handlers/${it}`)

await runCommand('mutate', async () => {
  const { values, positionals } = parseArgs({
    options: { sample: { type: 'string' }, seed: { type: 'string', default: '1' }, help: { type: 'boolean' } },
    allowPositionals: true,
  })
  if (values.help) return console.log(HELP)
  const sample = Number(values.sample ?? Number.POSITIVE_INFINITY)
  if (Number.isNaN(sample)) throw new UsageError('--sample needs a number')
  const random = randomOf('mutate', values.seed)
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
  const work = async () => {
    const copy = copyOfTree()
    try {
      for (let next = mutants.pop(); next; next = mutants.pop()) {
        const { mutant, tests } = next
        const path = join(copy, mutant.file)
        const original = readFileSync(path)
        writeFileSync(path, mutant.text)
        if (await pass(copy, tests, timeouts.get(tests.join()) ?? 0)) survivors.push(mutant)
        writeFileSync(path, original)
        if (++tried % 50 === 0) console.error(`${tried} tried, ${mutants.length} to go, ${survivors.length} unnoticed`)
      }
    } finally {
      rmSync(copy, { recursive: true })
    }
  }
  const unbroken = copyOfTree()
  const timeouts = new Map<string, number>()
  for (const { tests } of mutants) {
    const key = tests.join()
    if (timeouts.has(key)) continue
    const started = performance.now()
    if (!(await pass(unbroken, tests, 600_000))) throw new Error(`tests fail on the unbroken code: ${key}`)
    timeouts.set(key, 5_000 + Math.ceil(PATIENCE * (performance.now() - started)))
  }
  rmSync(unbroken, { recursive: true })
  await Promise.all(Array.from({ length: availableParallelism() }, work))

  survivors.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line))
  for (const { file, line, from, to } of survivors) console.log(`${file}:${line}: ${from}  →  ${to || '(nothing)'}`)
  console.log(
    `${tried - survivors.length} of ${tried} mutants noticed: ${((100 * (tried - survivors.length)) / Math.max(1, tried)).toFixed(1)} %`,
  )
})

function copyOfTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'chatlake-mutate-'))
  for (const name of ['handlers', 'fixtures', 'sql', 'scripts', 'package.json', 'tsconfig.json'])
    cpSync(join(root, name), join(copy, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  return copy
}

/** Whether all the tests pass, in one process. */
async function pass(directory: string, tests: readonly string[], timeout: number): Promise<boolean> {
  const program = tests.map(test => `await import(${JSON.stringify(`./${test}`)})`).join('\n')
  const { CI: _, VERSITYGW: __, ...env } = process.env
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    cwd: directory,
    stdio: 'ignore',
    timeout,
    killSignal: 'SIGKILL',
    env: { ...env, PATH: '', XDG_CACHE_HOME: directory },
  })
  const [code] = await once(child, 'exit')
  return code === 0
}
