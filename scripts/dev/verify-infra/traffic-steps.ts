import assert from 'node:assert/strict'
import { ListObjectsV2Command, PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { dayIn, nextMidnight } from '../../../handlers/lake/calendar.ts'
import { METRICS } from '../../../handlers/observe/metrics.ts'
import { dayKeys } from '../../../handlers/sources/day-keys.ts'
import { sources } from '../../../handlers/sources/index.ts'
import type { Source } from '../../../handlers/sources/source.ts'
import { plainRow } from '../../../handlers/sources/testing/fixtures.ts'
import { type Delivery, deliver, fixture, type Gateway, gatewayOf, rowsOf } from './delivery.ts'
import type { Checked } from './deployment-steps.ts'
import { metricsIn } from './metrics.ts'
import { currentSecret, oldSecret } from './secrets.ts'
import { step } from './step.ts'
import { ARRIVAL, type Deployed } from './verification.ts'

/** Sends deliveries through the deployed API, runs the transforms, and checks the lake. */
export async function checkTraffic(deployed: Deployed, { scheduleInputs, watchedMetrics }: Checked): Promise<void> {
  await step('Deliveries through the API are verified, stored once and answered', async () => {
    const gateway = gatewayOf(deployed.state)
    for (const source of sources) {
      await checkHandshake(deployed, gateway, source)
      await checkDeliveries(deployed, gateway, source)
    }
    const elsewhere: Delivery = { method: 'GET', path: '/elsewhere', at: ARRIVAL }
    assert.equal((await deliver(deployed.functions, gateway, elsewhere)).statusCode, 404)
  })

  await step("The schedule's input makes the transform write Parquet to where the Glue tables point", async () => {
    for (const source of sources) await checkTransform(deployed, source, scheduleInputs)
  })

  await step("The functions write every one of the stack's own metrics that an alarm watches", async () => {
    const written = new Set(deployed.functions.log.flatMap(metricsIn))
    const unwritten = watchedMetrics.filter(metric => !written.has(metric))
    // nothing here causes a warning or is turned away; function and alarm take the metric's name from the same constant
    const uncaused = sources.flatMap(({ name, webhook }) =>
      [...Object.keys(webhook.warnings), ...(webhook.settings.length > 0 ? [METRICS.Foreign] : [])].map(
        metric => `chatlake/prod ${metric} source=${name}`,
      ),
    )
    assert.deepEqual(unwritten.sort(), uncaused.sort())
  })

  await step('Only the maintenance role can replace a raw object', () => checkOverwriting(deployed))
}

/** Sends a source's fixture with wrong and right signatures. Exactly one raw object results. */
async function checkDeliveries({ functions, outputs, s3 }: Deployed, gateway: Gateway, source: Source): Promise<void> {
  const { webhook } = source
  const { body } = fixture(source, 'text')
  const headers = webhook.sign(body, currentSecret, ARRIVAL)
  const post: Delivery = { method: 'POST', path: `/${source.name}`, headers, body, at: ARRIVAL }
  const status = async (delivery: Delivery) => (await deliver(functions, gateway, delivery)).statusCode
  assert.equal(await status({ ...post, headers: {} }), 401)
  assert.equal(await status({ ...post, headers: webhook.sign(body, () => 'wrong', ARRIVAL) }), 401)
  assert.equal(await status({ ...post, headers: webhook.sign(body, oldSecret, ARRIVAL) }), 200)
  assert.equal(await status(post), 200)
  assert.equal(await status({ ...post, method: 'PATCH' }), 404)
  const { Contents = [] } = await s3.send(
    new ListObjectsV2Command({ Bucket: outputs.raw_bucket, Prefix: `${source.name}/` }),
  )
  assert.equal(Contents.length, 1)
  assert.ok(Contents[0]?.Key?.startsWith(`${source.name}/context_date=${dayOf(outputs)}/`))
}

/** A platform's handshake, if it has one: with the right secrets, and with wrong ones. */
async function checkHandshake({ functions }: Deployed, gateway: Gateway, source: Source): Promise<void> {
  const handshake = (secret: (name: string) => string): Delivery | undefined => {
    if (!source.sample.handshake) return undefined
    const { method, query = {}, body } = source.sample.handshake(secret)
    const signed = body && { body, headers: source.webhook.sign(body, secret, ARRIVAL) }
    return { method, path: `/${source.name}`, query, ...signed, at: ARRIVAL }
  }
  const right = handshake(currentSecret)
  const wrong = handshake(() => 'wrong')
  if (!right || !wrong) return
  const { statusCode, body } = await deliver(functions, gateway, right)
  assert.deepEqual([statusCode, body], [200, source.sample.handshake?.(currentSecret).answer])
  assert.ok([401, 403].includes((await deliver(functions, gateway, wrong)).statusCode))
}

/** Runs a source's transform with its schedule's input and reads the rows of its tables. */
async function checkTransform(
  { functions, outputs, s3 }: Deployed,
  source: Source,
  scheduleInputs: Checked['scheduleInputs'],
): Promise<void> {
  const day = dayOf(outputs)
  const scheduled = new Date(nextMidnight(outputs.time_zone ?? '', ARRIVAL) + 15 * 60_000).toISOString()
  const transform = outputs[`${source.name}_transform_function`] ?? ''
  const input = scheduleInputs.get(transform)?.replace('<aws.scheduler.scheduled-time>', scheduled.replace('.000', ''))
  const stats = await functions.invoke(transform, JSON.parse(input ?? ''))
  const expected = fixture(source, 'text')
  const keys = dayKeys(source, day)
  const rowsIn = (table: string) => expected.rows[table] ?? []
  const tables = [...keys].map(([table, key]) => {
    const rows = rowsIn(table).length
    return [table, { key: rows > 0 ? key : null, rows }]
  })
  const items = Object.values(expected.rows).flat().length
  assert.deepEqual(stats, {
    ...{ source: source.name, date: day, objects: 1, items, rows: items, duplicates: 0, quarantined: 0 },
    tables: Object.fromEntries(tables),
  })
  for (const { name } of source.tables) {
    const read = await rowsOf(s3, outputs.database, name, { source: source.name, context_date: day })
    assert.deepEqual(
      read.map(row => plainRow(source, name, row)),
      rowsIn(name),
    )
    for (const row of read) assert.equal(Number(row.received_at), ARRIVAL / 1000)
  }
}

async function checkOverwriting({ s3, outputs }: Deployed): Promise<void> {
  const put = { Bucket: outputs.raw_bucket, Key: `${sources[0].name}/context_date=2026-01-01/x.json`, Body: '{}' }
  assert.equal(await statusOf(s3.send(new PutObjectCommand(put))), 403)
  assert.equal(await statusOf(s3.send(new PutObjectCommand({ ...put, IfNoneMatch: '*' }))), 200)
  assert.equal(await statusOf(s3.send(new PutObjectCommand({ ...put, IfNoneMatch: '*' }))), 412)
  const { Credentials } = await new STSClient().send(
    new AssumeRoleCommand({ RoleArn: outputs.maintenance_role, RoleSessionName: 'verify' }),
  )
  const maintenance = new S3Client({
    forcePathStyle: true,
    credentials: {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    },
  })
  assert.equal(await statusOf(maintenance.send(new PutObjectCommand(put))), 200)
}

/** The day of ARRIVAL in the lake's time zone. */
const dayOf = ({ time_zone = '' }: Deployed['outputs']) => dayIn(time_zone)(ARRIVAL)

/** The HTTP status of a request to S3, also of one that fails. */
const statusOf = (request: Promise<{ readonly $metadata: { readonly httpStatusCode?: number } }>) =>
  request.then(
    ({ $metadata }) => $metadata.httpStatusCode,
    error => {
      if (error instanceof S3ServiceException) return error.$metadata.httpStatusCode
      throw error
    },
  )
