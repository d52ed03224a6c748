import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { PERSON } from '../../../handlers/ingest/testing/deliveries.ts'
import { PROCESS_TIMEOUT_MS } from './run-script.ts'

const folder = mkdtempSync(join(tmpdir(), 'chatlake-capture-'))
after(() => rmSync(folder, { recursive: true }))

const log = import.meta.resolve('../../../handlers/observe/log.js')

const node = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  spawnSync(process.execPath, args, {
    cwd: folder,
    timeout: PROCESS_TIMEOUT_MS,
    killSignal: 'SIGKILL',
    env: { PATH: process.env.PATH, ...env },
    encoding: 'utf8',
  })

test('captures what a process logs, also if a test intercepts it; not its standard output', () => {
  const CAPTURED_LOG = join(folder, 'captured')
  const program = `
    import { mock } from 'node:test'
    import { jsonLog } from '${log}'
    jsonLog({ source: 'whatsapp' }, () => {})('info', 'intercepted_by_a_test')
    console.log('printed to %s', 'the console')
    mock.method(console, 'log', () => {})
    jsonLog({ source: 'telegram' })('warn', 'printed_to_a_mock')
    console.error('an error')
    process.stdout.write(JSON.stringify({ answer: 42 }))`
  const capture = ['--import', new URL('capture-output.mjs', import.meta.url).href]
  const { status, stdout } = node([...capture, '--input-type=module', '--eval', program], { CAPTURED_LOG })
  assert.deepEqual([status, stdout], [0, 'printed to the console\n{"answer":42}'])
  assert.deepEqual(readFileSync(CAPTURED_LOG, 'utf8').split('\n').filter(Boolean), [
    '{"level":"info","event":"intercepted_by_a_test","source":"whatsapp"}',
    'printed to the console',
    '{"level":"warn","event":"printed_to_a_mock","source":"telegram"}',
    'an error',
  ])
})

test('a run fails if a passing test logged personal data; the name of a test may have it', () => {
  mkdirSync(join(folder, 'handlers'))
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  const program = join(folder, 'run.js')
  writeFileSync(
    program,
    `import { runTests } from '${import.meta.resolve('../../dev/test/run-tests.js')}'
     process.exitCode = (await runTests({ root: ${JSON.stringify(folder)} })) ? 0 : 1`,
  )
  const runWith = (body: string) => {
    const file = `import { test } from 'node:test'\nimport { jsonLog } from '${log}'\ntest(${JSON.stringify(PERSON.text)}, () => ${body})`
    writeFileSync(join(folder, 'handlers', 'a.test.ts'), file)
    const { status, stdout } = node([program])
    assert.match(stdout, /pass 1\n.*fail 0\n/)
    return [status, /^✖ logged.*\n.*|^✔ nothing of/m.exec(stdout)?.[0]]
  }
  const leak = (line: string) => [1, `✖ logged, though it is personal:\n  ${JSON.stringify('domingo')} in ${line}`]
  assert.deepEqual(runWith(`console.log('no name')`), [0, '✔ nothing of'])
  assert.deepEqual(runWith(`{ process.stdout.write('at domingo') }`), leak('at domingo'))
  assert.deepEqual(
    runWith(`jsonLog({ source: 'a' }, () => {})('info', 'stored', { text: 'of domingo' })`),
    leak('{"level":"info","event":"stored","source":"a","text":"of domingo"}'),
  )
})
