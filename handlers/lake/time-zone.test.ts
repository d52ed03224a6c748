import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { LAKE_KEY } from './layout.ts'
import { directories, s3Buckets } from './testing/stores.ts'
import { agreedTimeZone, claimTimeZone, lakeJson, lakeTimeZone, type ToldZone, type WritableRoot } from './time-zone.ts'

const told = (timeZone: string): ToldZone => ({
  timeZone,
  by: 'TIME_ZONE',
  advice: zone => `unset TIME_ZONE, or write ${zone}`,
})
const raw = (timeZone: string) => ({ timeZone, by: 'lake/raw/lake.json' })
const enriched = (timeZone: string) => ({ timeZone, by: 'lake/enriched/lake.json' })

describe('agreedTimeZone', () => {
  test("is the lake's own, else the one that is told, else the default", () => {
    assert.equal(agreedTimeZone([raw('Europe/Berlin'), enriched('Europe/Berlin')]), 'Europe/Berlin')
    assert.equal(agreedTimeZone([enriched('Europe/Berlin')], told('Europe/Berlin')), 'Europe/Berlin')
    assert.equal(agreedTimeZone([], told('Europe/Berlin')), 'Europe/Berlin')
    assert.equal(agreedTimeZone([]), 'America/Sao_Paulo')
  })

  test('refuses another one in a sentence that names both and says what to do', () => {
    assert.throws(() => agreedTimeZone([raw('Europe/Berlin')], told('America/Sao_Paulo')), {
      name: 'TimeZoneConflict',
      message:
        "lake/raw/lake.json says that the lake's time zone is Europe/Berlin, but TIME_ZONE is America/Sao_Paulo: " +
        'unset TIME_ZONE, or write Europe/Berlin',
    })
    assert.throws(() => agreedTimeZone([raw('Europe/Berlin'), enriched('UTC')]), {
      name: 'TimeZoneConflict',
      message:
        "lake/raw/lake.json says that the lake's time zone is Europe/Berlin, but lake/enriched/lake.json says UTC: " +
        'name the two parts of one lake, or correct the wrong file',
    })
  })

  test('two names of one zone agree, and the lake keeps its own', () => {
    for (const [own, other] of [
      ['Asia/Kolkata', 'Asia/Calcutta'],
      ['UTC', 'Etc/UTC'],
      ['Europe/Berlin', 'europe/berlin'],
      ['America/Sao_Paulo', 'Brazil/East'],
    ] as const)
      assert.equal(agreedTimeZone([raw(own)], told(other)), own)
  })

  test('a zone that does not exist is refused, whether the lake has one or not', () => {
    for (const recorded of [[], [raw('UTC')]])
      assert.throws(() => agreedTimeZone(recorded, told('Mars/Base')), { name: 'RangeError', message: /TIME_ZONE/ })
  })
})

for (const kind of [directories(), s3Buckets()]) {
  describe(`lake.json ${kind.name}`, { skip: kind.skip }, () => {
    before(kind.start)
    after(kind.stop)
    const openLake = async () => {
      const [rawRoot, enrichedRoot] = [await kind.open(), await kind.open()]
      const roots: WritableRoot[] = [
        { name: 'here/raw', store: rawRoot.store },
        { name: 's3://here/', store: enrichedRoot.store },
      ]
      const contents = () =>
        Promise.all(
          [rawRoot, enrichedRoot].map(async ({ store }) => (await store.get(LAKE_KEY))?.body.toString() ?? null),
        )
      return { roots, contents, rawRoot, enrichedRoot }
    }

    test('a command that reads writes none; the first that writes records it, and the next keeps it', async () => {
      const { roots, contents } = await openLake()
      assert.equal(await lakeTimeZone(roots, told('Europe/Berlin')), 'Europe/Berlin')
      assert.deepEqual(await contents(), [null, null])
      const recorded: string[] = []
      const record = (timeZone: string) => recorded.push(timeZone)
      assert.equal(await claimTimeZone(roots, told('Europe/Berlin'), record), 'Europe/Berlin')
      assert.deepEqual(await contents(), Array(2).fill('{"time_zone":"Europe/Berlin"}\n'))
      assert.equal(await claimTimeZone(roots, undefined, record), 'Europe/Berlin')
      assert.equal(await lakeTimeZone(roots), 'Europe/Berlin')
      assert.deepEqual(recorded, ['Europe/Berlin'])
      await assert.rejects(claimTimeZone(roots, told('UTC')), /^TimeZoneConflict: here\/raw\/lake\.json says .* UTC: /)
      await assert.rejects(lakeTimeZone(roots.slice(1), told('UTC')), /s3:\/\/here\/lake\.json says/)
    })

    test('a root without it gets that of the other', async () => {
      const { roots, contents, rawRoot } = await openLake()
      await rawRoot.store.put(LAKE_KEY, Buffer.from(lakeJson('UTC')))
      await claimTimeZone(roots, undefined, () => assert.fail('it was recorded before'))
      assert.deepEqual(await contents(), Array(2).fill(lakeJson('UTC')))
    })

    test('of commands that start at once with two zones, those of one zone go on', async () => {
      const { roots, contents } = await openLake()
      const zones = ['UTC', 'Europe/Berlin', 'UTC', 'Europe/Berlin']
      const outcomes = await Promise.allSettled(zones.map(zone => claimTimeZone(roots, told(zone))))
      const used = new Set(outcomes.flatMap(outcome => (outcome.status === 'fulfilled' ? [outcome.value] : [])))
      assert.equal(used.size, 1)
      assert.deepEqual(await contents(), Array(2).fill(lakeJson([...used][0] ?? '')))
      for (const outcome of outcomes)
        if (outcome.status === 'rejected') assert.equal(outcome.reason.name, 'TimeZoneConflict')
    })

    test('a file that has no time zone is refused', async () => {
      const { roots, enrichedRoot } = await openLake()
      for (const content of ['', '{}', '[]', 'null', '{"time_zone":1}', '{"time_zone":"Mars/Base"}', '{"time_zone":'])
        await enrichedRoot.store
          .put(LAKE_KEY, Buffer.from(content))
          .then(() =>
            assert.rejects(lakeTimeZone(roots), /^Error: s3:\/\/here\/lake\.json has no time zone: it must be/),
          )
    })
  })
}
