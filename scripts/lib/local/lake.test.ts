import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { quarantineKey, rawKey, rawPrefix, tableKey } from '../../../handlers/lake/layout.ts'
import { telegram } from '../../../handlers/sources/telegram/index.ts'
import { whatsapp } from '../../../handlers/sources/whatsapp/index.ts'
import { existingLake, firstUntransformedDay, type LocalLake, openLake } from './lake.ts'

const folder = mkdtempSync(join(tmpdir(), 'chatlake-local-'))
after(() => rmSync(folder, { recursive: true }))

describe('the directory of a lake', () => {
  const file = join(folder, 'file')
  const other = join(folder, 'other')
  writeFileSync(file, '')
  mkdirSync(other)
  writeFileSync(join(other, 'raw'), '')

  test('is refused where it does not exist, is a file, or has no folder raw', () => {
    assert.throws(() => existingLake(join(folder, 'none')), /there is no lake at .*none: .*--lake/)
    assert.throws(() => existingLake(file), /there is no lake at .*file: /)
    assert.throws(() => existingLake(folder), /is not a lake: it has no folder raw/)
    assert.throws(() => existingLake(other), /is not a lake: it has no folder raw/)
  })

  test('is created where it does not exist, but not in place of a file', () => {
    const fresh = join(folder, 'fresh/lake')
    openLake(fresh)
    assert.equal(existingLake(fresh).directory, openLake(fresh).directory)
    assert.throws(() => openLake(file), /no lake can be created at .*file/)
    assert.throws(() => openLake(other), /no lake can be created at .*other/)
  })
})

describe('firstUntransformedDay', () => {
  const DAYS = ['2026-11-20', '2026-11-21', '2026-11-22'] as const
  let lakes = 0

  /** A lake with a delivery on each of three days. */
  async function lakeOfThreeDays(): Promise<LocalLake> {
    const lake = openLake(join(folder, `lake-${lakes++}`))
    for (const date of DAYS) await deliver(lake, date, date)
    return lake
  }
  const deliver = (lake: LocalLake, date: string, body: string) =>
    lake.raw.putIfAbsent(rawKey('telegram', date, Buffer.from(body)), Buffer.from(body), Date.parse(date))
  const put = (lake: LocalLake, key: string) => lake.enriched.put(key, Buffer.from(''))

  test('is the first day with neither a table nor a quarantine', async () => {
    const lake = await lakeOfThreeDays()
    assert.equal(firstUntransformedDay(lake, telegram), DAYS[0])
    await put(lake, tableKey('telegram', DAYS[0]))
    await put(lake, tableKey('telegram', DAYS[2]))
    assert.equal(firstUntransformedDay(lake, telegram), DAYS[1])
    await put(lake, quarantineKey('telegram', DAYS[1]))
    assert.equal(firstUntransformedDay(lake, telegram), undefined)
  })

  test('is a day that was transformed before its last delivery', async () => {
    const lake = await lakeOfThreeDays()
    for (const date of DAYS) await put(lake, tableKey('telegram', date))
    const table = join(lake.directory, 'enriched', tableKey('telegram', DAYS[1]))
    const { mtimeMs } = statSync(join(lake.directory, 'raw', rawPrefix('telegram', DAYS[1])))
    utimesSync(table, mtimeMs / 1000 - 1, mtimeMs / 1000 - 1)
    assert.equal(firstUntransformedDay(lake, telegram), DAYS[1])
  })

  test('ignores other platforms and folders that are not days', async () => {
    const lake = await lakeOfThreeDays()
    assert.equal(firstUntransformedDay(lake, whatsapp), undefined)
    mkdirSync(join(lake.directory, 'raw/whatsapp/context_date=soon'), { recursive: true })
    assert.equal(firstUntransformedDay(lake, whatsapp), undefined)
  })
})
