import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { DEFAULT_TIME_ZONE, dayIn } from '../handlers/lake/calendar.ts'
import { dayKeys } from '../handlers/sources/day-keys.ts'
import { sources } from '../handlers/sources/index.ts'
import type { Source } from '../handlers/sources/source.ts'
import { parsedOf } from '../handlers/sources/testing/mutations.ts'
import type { TestKit } from '../handlers/sources/testing/test-kit.ts'
import { testKits } from '../handlers/sources/testing/test-kits.ts'
import { type Delivery, deliveries } from './demo/deliveries.ts'
import { runScript, TEST_ENVIRONMENT } from './lib/testing/run-script.ts'

const day = dayIn(DEFAULT_TIME_ZONE)
const LAST_DAY = '2026-11-15'
const folder = mkdtempSync(join(tmpdir(), 'chatlake-demo-'))
after(() => rmSync(folder, { recursive: true }))

async function demo() {
  const { code, stdout, stderr } = await runScript('demo', [], { cwd: folder, env: { LANG: 'C' } })
  assert.equal(code, 0, stderr)
  return stdout
}

test('the demo counts what the fixtures hold, and a second run prints the same', { timeout: 240_000 }, async () => {
  const first = await demo()
  const { delivered, stored, repeated, refused, platforms } = expectedAccount()
  assert.deepEqual(numbersAfter(first, 'delivered'), [delivered])
  assert.deepEqual(numbersAfter(first, '= stored').slice(0, 1), [stored])
  assert.deepEqual(numbersAfter(first, '+ repeated').slice(0, 1), [repeated])
  assert.deepEqual(numbersAfter(first, '+ refused').slice(0, 1), [refused])
  for (const { source, objects, items, rows, duplicates, quarantined, tables } of platforms) {
    assert.ok(duplicates > 0 && quarantined > 0)
    assert.deepEqual(numbersAfter(first, source.name), [objects, items, rows, duplicates, quarantined])
    const sum = `✓ ${source.name}: items = rows + duplicates + quarantined: ${items} = ${rows} + ${duplicates} + ${quarantined}`
    assert.ok(first.includes(`${sum}\n`), sum)
    const own = [...tables].slice(0, source.tables.length)
    const parts = `rows = ${own.map(([name]) => name).join(' + ')}: ${rows} = ${own.map(([, rows]) => rows).join(' + ')}`
    assert.ok(first.includes(`✓ ${source.name}: ${parts}\n`), parts)
    assert.deepEqual(tablesOf(first, source.name), [...tables])
    assert.deepEqual(digestsOf(first, source.name), digestsOnDisk(source))
  }

  assert.doesNotMatch(first, /✗/)
  for (const path of first.match(/^ {2}demo-lake\/\S+$/gm) ?? assert.fail('the output names no file'))
    assert.ok(existsSync(join(folder, path.trim())), path)
  assert.ok(existsSync(join(folder, 'demo-lake/report.html')))
  assert.equal(await demo(), first)
})

/** The numbers that stand alone in the line that begins with a label. */
function numbersAfter(output: string, label: string): number[] {
  const line =
    output.split('\n').find(line => line.startsWith(`  ${label} `)) ?? assert.fail(`no ${label} in\n${output}`)
  return line.match(/(?<=\s)\d+(?!\S)/g)?.map(Number) ?? []
}

/** The rows of each table of a platform. */
function tablesOf(output: string, source: string): [table: string, rows: number][] {
  const lines = linesAfter(output, /^ {2}platform +table +rows$/)
  const first = lines.findIndex(line => line.startsWith(`  ${source} `))
  const after = lines.slice(first + 1).findIndex(line => !/^ {6}/.test(line))
  return lines.slice(first, first + 1 + after).map(line => {
    const [rows, table = ''] = line.trim().split(/ +/).reverse()
    return [table, Number(rows)]
  })
}

/** The first digits of the SHA-256 of each table that was made again. */
const digestsOf = (output: string, source: string): string[][] => {
  const lines = linesAfter(
    output,
    new RegExp(`✓ ${source} ${LAST_DAY} transformed again: the same bytes in each table$`),
  )
  const end = lines.findIndex(line => !line.includes('SHA-256'))
  return lines.slice(0, end).map(line => line.trim().split(/ +SHA-256 /))
}

function digestsOnDisk(source: Source): string[][] {
  const files = [...dayKeys(source, LAST_DAY)].map(([table, key]) => [table, join(folder, 'demo-lake/enriched', key)])
  return files
    .filter(([, file = '']) => existsSync(file))
    .map(([table = '', file = '']) => [
      table,
      `${createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 12)}…`,
    ])
}

function linesAfter(output: string, heading: RegExp): string[] {
  const lines = output.split('\n')
  const found = lines.findIndex(line => heading.test(line))
  assert.ok(found >= 0, `no ${heading} in\n${output}`)
  return lines.slice(found + 1)
}

/** What the demo must count, by the data contract and the reference readers. */
function expectedAccount() {
  const week = deliveries(fileURLToPath(new URL('../fixtures', import.meta.url)), sources)
  const answers = new Map(testKits.map(({ source, expectedAnswers }) => [source.name as string, expectedAnswers()]))
  const stored = new Map<string, Delivery>()
  let repeated = 0
  let refused = 0
  for (const delivery of week) {
    const { source, body, arrivesAt, isAuthentic } = delivery
    const key = `${source.name} ${day(arrivesAt)} ${Buffer.from(body).toString('base64')}`
    if (!isAuthentic || !answers.get(source.name)?.(parsedOf(body)).isStored) refused++
    else if (stored.has(key)) repeated++
    else stored.set(key, delivery)
  }
  const platforms = testKits.map(kit => expectedOfPlatform(kit, [...stored.values()]))
  return { delivered: week.length, stored: stored.size, repeated, refused, platforms }
}

function expectedOfPlatform({ source, expected, sameness }: TestKit, stored: readonly Delivery[]) {
  const own = stored.filter(delivery => delivery.source.name === source.name)
  const distinct = new Map(source.tables.map(({ name }) => [name, new Set<string>()]))
  const pairs = new Set<string>()
  let [items, quarantined] = [0, 0]
  for (const { body, arrivesAt } of own) {
    const found = expected(body)
    for (const [table, rows] of Object.entries(found.rows)) {
      for (const row of rows) distinct.get(table)?.add(sameness(table, row))
      items += rows.length
    }
    items += found.quarantined.length
    quarantined += found.quarantined.length
    for (const { id, same_as } of found.identities) pairs.add([day(arrivesAt), ...[id, same_as].sort()].join(' '))
  }
  const tables = new Map([...distinct].map(([table, { size }]) => [table, size]))
  const rows = [...tables.values()].reduce((a, b) => a + b)
  tables.set('identities', pairs.size).set('quarantine', quarantined)
  return { source, objects: own.length, items, rows, duplicates: items - quarantined - rows, quarantined, tables }
}

test('a demo that fails says why and ends', async () => {
  const unavailable = 'data:text/javascript,globalThis.fetch=async()=>new%20Response(null,{status:503})'
  const NODE_OPTIONS = `${TEST_ENVIRONMENT.NODE_OPTIONS} --import ${unavailable}`
  const { code, stderr } = await runScript('demo', [], { cwd: folder, env: { NODE_OPTIONS } })
  assert.equal(code, 1)
  assert.match(stderr, /^demo: .*✗ .*verified the webhook/s)
})
