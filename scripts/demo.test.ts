import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { runScript, TEST_ENVIRONMENT } from './lib/testing/run-script.ts'

const folder = mkdtempSync(join(tmpdir(), 'chatlake-demo-'))
after(() => rmSync(folder, { recursive: true }))

async function demo() {
  const { code, stdout, stderr } = await runScript('demo', [], { cwd: folder, env: { LANG: 'C' } })
  assert.equal(code, 0, stderr)
  return stdout
}

test('the demo accounts for every delivery and message, and a second run prints the same', {
  timeout: 240_000,
}, async () => {
  const first = await demo()
  const count = (pattern: RegExp) => Number(pattern.exec(first)?.[1] ?? assert.fail(`no ${pattern} in\n${first}`))
  const parts = [/= stored +(\d+)/, /\+ repeated +(\d+)/, /\+ refused +(\d+)/].map(count)
  assert.ok(parts.every(part => part > 0))
  assert.equal(
    count(/delivered +(\d+)/),
    parts.reduce((sum, part) => sum + part),
  )

  const [, ...figures] = /messages = .*: (\d+) = (\d+) \+ (\d+) \+ (\d+)\n/.exec(first) ?? []
  const [messages, rows = 0, duplicates = 0, quarantined = 0] = figures.map(Number)
  assert.ok(rows > 0 && duplicates > 0 && quarantined > 0)
  assert.equal(messages, rows + duplicates + quarantined)

  assert.doesNotMatch(first, /✗/)
  for (const path of first.match(/^ {2}demo-lake\/\S+$/gm) ?? assert.fail('the output names no file'))
    assert.ok(existsSync(join(folder, path.trim())), path)
  assert.ok(existsSync(join(folder, 'demo-lake/report.html')))
  assert.equal(await demo(), first)
})

test('a demo that fails says why and ends', async () => {
  const unavailable = 'data:text/javascript,globalThis.fetch=async()=>new%20Response(null,{status:503})'
  const NODE_OPTIONS = `${TEST_ENVIRONMENT.NODE_OPTIONS} --import ${unavailable}`
  const { code, stderr } = await runScript('demo', [], { cwd: folder, env: { NODE_OPTIONS } })
  assert.equal(code, 1)
  assert.match(stderr, /^demo: .*✗ .*verified the webhook/s)
})
