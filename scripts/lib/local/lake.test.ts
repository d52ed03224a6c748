import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { quarantineKey, rawKey, rawPrefix, tableKey } from '../../../handlers/lake/layout.ts'
import { telegram } from '../../../handlers/sources/telegram/index.ts'
import { whatsapp } from '../../../handlers/sources/whatsapp/index.ts'
import { existingLake, firstUnmadeDay, type LocalLake, openLake } from './lake.ts'

const folder = mkdtempSync(join(tmpdir(), 'chatlake-local-'))
after(() => rmSync(folder, { recursive: true }))

describe("a lake's place", () => {
  const file = join(folder, 'file')
  const other = join(folder, 'other')
  writeFileSync(file, '')
  mkdirSync(other)
  writeFileSync(join(other, 'raw'), '')

  test('that is absent, a file, or a folder without raw is no lake', () => {
    assert.throws(() => existingLake(join(folder, 'none')), /there is no lake at .*none: .*--lake/)
    assert.throws(() => existingLake(file), /there is no lake at .*file: /)
    assert.throws(() => existingLake(folder), /is no lake: it has no folder raw/)
    assert.throws(() => existingLake(other), /is no lake: it has no folder raw/)
  })

  test('can be made where there is none, but not of a file', () => {
    const fresh = join(folder, 'fresh/lake')
    openLake(fresh)
    assert.equal(existingLake(fresh).directory, openLake(fresh).directory)
    assert.throws(() => openLake(file), /there can be no lake at .*file/)
    assert.throws(() => openLake(other), /there can be no lake at .*other/)
  })
})

describe('the earliest day that no Parquet has seen', () => {
  const DAYS = ['2026-11-20', '2026-11-21', '2026-11-22'] as const
  let lakes = 0

  /** A lake where something arrived on each of three days. */
  async function lakeOfThreeDays(): Promise<LocalLake> {
    const lake = openLake(join(folder, `lake-${lakes++}`))
    for (const date of DAYS) await deliver(lake, date, date)
    return lake
  }
  const deliver = (lake: LocalLake, date: string, body: string) =>
    lake.raw.putIfAbsent(rawKey('telegram', date, Buffer.from(body)), Buffer.from(body), Date.parse(date))
  const put = (lake: LocalLake, key: string) => lake.enriched.put(key, Buffer.from(''))

  test('is the first that has neither table nor quarantine', async () => {
    const lake = await lakeOfThreeDays()
    assert.equal(firstUnmadeDay(lake, telegram), DAYS[0])
    await put(lake, tableKey('telegram', DAYS[0]))
    await put(lake, tableKey('telegram', DAYS[2]))
    assert.equal(firstUnmadeDay(lake, telegram), DAYS[1])
    await put(lake, quarantineKey('telegram', DAYS[1]))
    assert.equal(firstUnmadeDay(lake, telegram), undefined)
  })

  test('is one that was made by hand before its last delivery', async () => {
    const lake = await lakeOfThreeDays()
    for (const date of DAYS) await put(lake, tableKey('telegram', date))
    const table = join(lake.directory, 'enriched', tableKey('telegram', DAYS[1]))
    const { mtimeMs } = statSync(join(lake.directory, 'raw', rawPrefix('telegram', DAYS[1])))
    utimesSync(table, mtimeMs / 1000 - 1, mtimeMs / 1000 - 1)
    assert.equal(firstUnmadeDay(lake, telegram), DAYS[1])
  })

  test('is none of another platform, and none where nothing arrived', async () => {
    const lake = await lakeOfThreeDays()
    assert.equal(firstUnmadeDay(lake, whatsapp), undefined)
    mkdirSync(join(lake.directory, 'raw/whatsapp/context_date=soon'), { recursive: true })
    assert.equal(firstUnmadeDay(lake, whatsapp), undefined)
  })
})
