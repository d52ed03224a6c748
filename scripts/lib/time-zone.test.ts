import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agreedTimeZone } from '../../handlers/lake/time-zone.ts'
import { deployedZone, toldTimeZone } from './time-zone.ts'

/** A stage whose output time_zone is UTC. */
const stage = {
  find: async (name: string) => (name === 'time_zone' ? 'UTC' : undefined),
  need: async () => assert.fail('no other output is needed'),
}
const lake = { timeZone: 'Europe/Berlin', by: 's3://lake/lake.json' }

test('TIME_ZONE tells the time zone, else the deployed stage for a lake in AWS', async () => {
  assert.equal(await toldTimeZone({}), undefined)
  assert.equal((await toldTimeZone({ TIME_ZONE: 'Asia/Tokyo' }, stage))?.timeZone, 'Asia/Tokyo')
  assert.equal((await toldTimeZone({ TIME_ZONE: '' }, stage))?.timeZone, 'UTC')
})

test("the stage's time zone refuses a lake of another one, and TIME_ZONE is the way to use it all the same", async () => {
  const told = await toldTimeZone({}, stage)
  assert.throws(() => agreedTimeZone([lake], told), {
    name: 'TimeZoneConflict',
    message:
      "s3://lake/lake.json says that the lake's time zone is Europe/Berlin, but Terraform's output time_zone is UTC: " +
      'set TIME_ZONE=Europe/Berlin if you mean this lake, or name that of the stage',
  })
  assert.equal(agreedTimeZone([lake], await toldTimeZone({ TIME_ZONE: 'Europe/Berlin' }, stage)), 'Europe/Berlin')
})

test('where only the stage is known, TIME_ZONE must not be another one', async () => {
  const message =
    /^Terraform's output time_zone says that the lake's time zone is UTC, but TIME_ZONE is Asia\/Tokyo: unset/
  const told = await toldTimeZone({ TIME_ZONE: 'Asia/Tokyo' }, stage)
  assert.throws(() => agreedTimeZone([deployedZone('UTC')], told), { message })
})
