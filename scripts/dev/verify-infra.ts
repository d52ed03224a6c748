import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ListObjectsV2Command, PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { dayIn, nextMidnight } from '../../handlers/lake/calendar.ts'
import { sources } from '../../handlers/sources/index.ts'
import { runCommand } from '../lib/cli/command.ts'
import { type Delivery, deliver, fixture, gatewayOf, rowsOf } from './verify-infra/delivery.ts'
import {
  assertAlarms,
  assertAthena,
  assertBuckets,
  assertCatalog,
  assertFunctions,
  assertSchedules,
  assertSecrets,
  leftovers,
  type Outputs,
} from './verify-infra/deployed.ts'
import { startEmulator } from './verify-infra/emulator.ts'
import { Functions } from './verify-infra/functions.ts'
import { Project } from './verify-infra/project.ts'
import { run } from './verify-infra/run.ts'
import { findProviderMirror, MissingTool, pythonProgram, requireTerraform } from './verify-infra/tools.ts'
import { NEEDS_THE_COMPANYS_OWN, WAIVERS } from './verify-infra/waivers.ts'

/*
 * Proves the infrastructure: deploys it, with the real AWS provider and the commands of the README, to an emulator of
 * AWS; sends deliveries through what was applied; changes it; destroys it. `npm run verify:infra`
 */

/** The chat of Telegram's fixture, and another that is not ours. */
const CHAT = '-1001987654321'

/** The names are the sources' own, so that a new one is given a secret too. */
const SECRETS: Readonly<Record<string, string | readonly string[]>> = Object.fromEntries(
  sources.flatMap(({ webhook }) => webhook.secrets).map((name, i) => [name, [`hush-old-${i}`, `hush-new-${i}`]]),
)
const secret = (name: string) => [SECRETS[name] ?? ''].flat().at(-1) ?? ''

/** To delete the messages too. */
const FORCE = { env: { CHATLAKE_FORCE_DESTROY: 'true' }, timeout: 400 }

/** How a change is planned: a plan before has shown that nothing drifts. */
const UNREFRESHED = { refresh: false }

/** An evening in São Paulo that is the next day already in UTC. */
const ARRIVAL = Date.UTC(2026, 10, 10, 1, 30)

async function verify(): Promise<void> {
  // Nothing of the caller's: neither an AWS account nor settings.
  const inherited = Object.entries(process.env).filter(([name]) => !/^(AWS|CHATLAKE|TF|CDKTF|MOTO)_/.test(name))
  const env: NodeJS.ProcessEnv = Object.fromEntries(inherited)
  const mirror = findProviderMirror()
  console.log(`terraform ${await requireTerraform(env)}, provider hashicorp/aws 5.100.0\n`)

  const emulator = await startEmulator(env)
  const aws = {
    AWS_ENDPOINT_URL: emulator.endpoint,
    AWS_REGION: 'sa-east-1',
    AWS_ACCESS_KEY_ID: 'verify',
    AWS_SECRET_ACCESS_KEY: 'verify',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', // it would stand between the steps
  }
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name]
  Object.assign(process.env, aws) // for the AWS SDK in this process
  const operator = {
    ...env,
    ...aws,
    CHATLAKE_TELEGRAM_CHAT_IDS: CHAT,
    TF_VAR_secrets: JSON.stringify(SECRETS),
  }
  const project = new Project(operator, mirror)
  try {
    await prove(project, { ...env, ...aws })
  } finally {
    emulator.stop()
    project.remove()
  }
  console.log(`\nProven in ${seconds(started)}.`)
}

const started = Date.now()

async function prove(project: Project, functionsEnv: NodeJS.ProcessEnv): Promise<void> {
  const s3 = new S3Client({ forcePathStyle: true })
  const written: string[] = [] // all that an operator's screen and disk get to see

  await step('Wrong settings are refused with a sentence that says what to write', async () => {
    const { all } = await project.cdktf(['synth'], {
      env: { CHATLAKE_TELEGRAM_CHAT_IDS: '', CHATLAKE_TIME_ZONE: 'America/Sampa' },
      accept: [1],
    })
    assert.match(all, /telegramChatIds is empty: write ids of chats/)
    assert.match(all, /timeZone is "America\/Sampa": write an IANA time zone/)
  })

  await step('The provider finds the synthesized stack valid', async () => {
    await project.cdktf(['synth'])
    await project.terraform(['init', '-input=false'])
    await project.terraform(['validate'])
  })

  const owned = Object.values(NEEDS_THE_COMPANYS_OWN).map(({ setting }) => setting)
  for (const [stage, settings, expected] of [
    ['as it is by default', {}, { ...WAIVERS, ...NEEDS_THE_COMPANYS_OWN }],
    ["with the company's own", Object.fromEntries(owned), WAIVERS],
  ] as const) {
    await step(`checkov finds in the plan of a stage ${stage} what is waived for it, and nothing else`, async () => {
      const { json } = await project.plan(settings)
      written.push(json)
      const { passed, failed } = await scan(json, join(project.folder, 'plan.json'), functionsEnv)
      const rules = new Set(failed.map(({ rule }) => rule))
      assert.deepEqual([...rules].sort(), Object.keys(expected).sort(), JSON.stringify(failed, null, 1))
      return `${passed} checks passed, ${rules.size} rules waived`
    })
  }

  await step('`npx cdktf apply --auto-approve` deploys it', async () => {
    const { all } = await project.cdktf(['apply', '--auto-approve', '--skip-provider-lock'], { timeout: 400 })
    written.push(all)
    return /\d+ added/.exec(all)?.[0]
  })

  const state = await project.state()
  const outputs = await outputsOf(project)

  await step('`npx cdktf output` tells the webhooks, the buckets, the workgroup', async () => {
    const { all } = await project.cdktf(['output', '--skip-synth'])
    for (const name of ['whatsapp_webhook_url', 'telegram_webhook_url', 'raw_bucket', 'workgroup']) {
      assert.ok(all.includes(outputs[name] ?? '?'), name)
    }
    assert.match(outputs.whatsapp_webhook_url ?? '', /^https:\/\/.+\/prod\/whatsapp$/)
  })

  await step('A second plan is empty, with the secrets at hand and without', async () => {
    await project.terraform(['plan', '-input=false', '-detailed-exitcode'])
    const { changes } = await project.plan({ TF_VAR_secrets: '' })
    assert.deepEqual(changes, {})
  })

  await step('The secrets are in Secrets Manager, and in no state, plan or output', async () => {
    await assertSecrets(outputs.secrets_id, JSON.stringify(SECRETS))
    const [stateFile = ''] = readdirSync(project.folder).filter(file => file.endsWith('.tfstate'))
    written.push(readFileSync(join(project.folder, stateFile), 'latin1'), readFileSync(project.planFile, 'latin1'))
    written.push(readFileSync(join(project.folder, 'cdktf.out', 'stacks', 'chatlake-prod', 'cdk.tf.json'), 'latin1'))
    assert.ok(written.every(text => text.length > 0))
    assert.ok(!written.some(text => text.includes('hush-')))
  })

  await step('Buckets: versioned, encrypted, private, TLS, lifecycles; raw takes no overwrite', () =>
    assertBuckets(s3, outputs),
  )
  await step("Glue: the tables' declared columns, their partitions projected", () => assertCatalog(outputs))
  await step('Athena: an enforced, encrypted, limited workgroup; a named query for each file', async () => {
    return `${await assertAthena(outputs)} queries`
  })
  const inputs = await step("Scheduler: each source's transform just after the lake's midnight", () =>
    assertSchedules(outputs),
  )
  const functions = new Functions(state, join(project.folder, 'cdktf.out', 'stacks', 'chatlake-prod'), functionsEnv)
  await step('Lambda and IAM: environment, traces, logs, dead letters; least privilege', async () => {
    await assertFunctions(functions.names)
    return `${functions.names.length} functions`
  })
  const watched = await step('Alarms: each tells the topic; a missing day breaches', () => assertAlarms(outputs))

  await step('Deliveries through the API are proven, stored once, answered', async () => {
    const gateway = gatewayOf(state)
    for (const source of sources) {
      const { webhook } = source
      const { body } = fixture(source, 'text')
      const path = `/${source.name}`
      const post: Delivery = { method: 'POST', path, headers: webhook.sign(body, secret), body, at: ARRIVAL }
      const status = async (delivery: Delivery) => (await deliver(functions, gateway, delivery)).statusCode
      assert.equal(await status({ ...post, headers: {} }), 401)
      assert.equal(await status({ ...post, headers: webhook.sign(body, () => 'wrong') }), 401)
      assert.equal(
        await status({ ...post, headers: webhook.sign(body, name => [SECRETS[name] ?? ''].flat()[0] ?? '') }),
        200,
      )
      assert.equal(await status(post), 200)
      assert.equal(await status({ ...post, method: 'PATCH' }), 404)
      const day = dayIn(outputs.time_zone ?? '')(ARRIVAL)
      const { Contents = [] } = await s3.send(
        new ListObjectsV2Command({ Bucket: outputs.raw_bucket, Prefix: `${source.name}/` }),
      )
      assert.equal(Contents.length, 1)
      assert.ok(Contents[0]?.Key?.startsWith(`${source.name}/context_date=${day}/`))
    }
    const query = { 'hub.mode': 'subscribe', 'hub.verify_token': secret('VERIFY_TOKEN'), 'hub.challenge': '1158201444' }
    const handshake: Delivery = { method: 'GET', path: '/whatsapp', query, at: ARRIVAL }
    assert.equal((await deliver(functions, gateway, handshake)).body, '1158201444')
    assert.equal(
      (await deliver(functions, gateway, { ...handshake, query: { ...query, 'hub.verify_token': 'no' } })).statusCode,
      403,
    )
    assert.equal((await deliver(functions, gateway, { ...handshake, path: '/elsewhere' })).statusCode, 404)
  })

  await step("The schedule's own input makes Parquet where the Glue tables point", async () => {
    const day = dayIn(outputs.time_zone ?? '')(ARRIVAL)
    const scheduled = new Date(nextMidnight(outputs.time_zone ?? '', ARRIVAL) + 15 * 60_000).toISOString()
    for (const source of sources) {
      const transform = outputs[`${source.name}_transform_function`] ?? ''
      const input = inputs.get(transform)?.replace('<aws.scheduler.scheduled-time>', scheduled.replace('.000', ''))
      const account = await functions.invoke(transform, JSON.parse(input ?? ''))
      const { rows } = fixture(source, 'text')
      const key = `${source.name}/context_date=${day}/${source.name}.parquet`
      const expected = { source: source.name, date: day, key, objects: 1, messages: rows.length, rows: rows.length }
      assert.deepEqual(account, { ...expected, duplicates: 0, ignored: 0, quarantined: 0 })
      const read = await rowsOf(s3, outputs.database, source.name, { context_date: day })
      assert.deepEqual(
        read.map(row => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)]))),
        rows.map(row => ({ ...row, received_at: ARRIVAL / 1000 })),
      )
    }
  })

  await step('Every metric of ours that an alarm watches is one that the functions write', async () => {
    const emitted = new Set(functions.log.flatMap(metricsIn))
    const unseen = watched.filter(metric => !emitted.has(metric))
    // needs a group to become a supergroup; its name is shared in code
    assert.deepEqual(unseen, ['chatlake/prod ChatMigrated source=telegram'])
  })

  await step('A raw object cannot be replaced, except by the maintenance role', async () => {
    const put = { Bucket: outputs.raw_bucket, Key: 'whatsapp/context_date=2026-01-01/x.json', Body: '{}' }
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
  })

  await step('Another chat changes one function, in place', async () => {
    const { changes } = await project.plan({ CHATLAKE_TELEGRAM_CHAT_IDS: `${CHAT},-1005550001` }, UNREFRESHED)
    assert.deepEqual(changes, { 'aws_lambda_function.telegram-ingest_function': 'update' })
  })

  await step('A query file more adds one named query', async () => {
    const file = join(project.folder, 'sql', 'queries', 'one-more.sql')
    writeFileSync(file, '-- title: One more\n-- description: A query\n-- grain: one row\nselect 1 as one\n')
    const { changes } = await project.plan({}, UNREFRESHED)
    assert.deepEqual(changes, { 'aws_athena_named_query.queries_one-more': 'create' })
    rmSync(file)
  })

  await step('A column more changes its table, and the functions that hold its name', async () => {
    const file = join(project.folder, 'handlers', 'sources', 'whatsapp', 'columns.ts')
    const before = readFileSync(file, 'utf8')
    writeFileSync(file, before.replace("received_at: 'bigint',", "received_at: 'bigint',\n  one_more: 'string',"))
    const { changes } = await project.plan({}, UNREFRESHED)
    assert.deepEqual(changes, {
      'aws_glue_catalog_table.catalog_whatsapp': 'update',
      'aws_lambda_function.whatsapp-ingest_function': 'update',
      'aws_lambda_function.whatsapp-transform_function': 'update',
    })
    writeFileSync(file, before)
  })

  await step('`npx cdktf destroy` is refused while it might not delete messages, and changes nothing', async () => {
    const before = await project.state()
    const { all } = await project.cdktf(['destroy', '--auto-approve', '--skip-provider-lock'], { accept: [1] })
    assert.match(all, /Instance cannot be destroyed/)
    assert.deepEqual(await project.state(), before)
    assert.ok((await leftovers(s3)).includes(outputs.alarm_topic)) // it would be seen
  })

  await step('Secrets that lack one are refused; a higher version, applied, brings the new ones', async () => {
    const lacking = { env: { TF_VAR_secrets: '{"VERIFY_TOKEN":"hush"}' }, accept: [1] }
    const { all } = await project.terraform(['plan', '-input=false', '-no-color'], lacking)
    assert.match(all, /TF_VAR_secrets lacks some of what it needs/)
    assert.ok(!all.includes('hush'))
    const rotated = JSON.stringify(SECRETS).replaceAll('hush-new', 'hush-newest')
    const env = { ...FORCE.env, CHATLAKE_SECRETS_VERSION: '2', TF_VAR_secrets: rotated }
    await project.cdktf(['apply', '--auto-approve', '--skip-provider-lock'], { ...FORCE, env })
    await assertSecrets(outputs.secrets_id, rotated)
  })

  await step('With CHATLAKE_FORCE_DESTROY=true, applied before, `npx cdktf destroy` leaves nothing', async () => {
    const env = { ...FORCE.env, CHATLAKE_SECRETS_VERSION: '2' }
    await project.cdktf(['destroy', '--auto-approve', '--skip-provider-lock'], { ...FORCE, env })
    assert.deepEqual(await project.state(), [])
    assert.deepEqual(await leftovers(s3), [])
  })
}

/** Runs one step of the proof and says what it proves. */
async function step<T>(proves: string, prove: () => Promise<T>): Promise<T> {
  const start = Date.now()
  try {
    const result = await prove()
    const detail = typeof result === 'string' ? `: ${result}` : ''
    console.log(`  ✓ ${proves}${detail} (${seconds(start)})`)
    return result
  } catch (error) {
    console.error(`  ✗ ${proves} (${seconds(start)})`)
    throw error
  }
}

const seconds = (since: number) => `${((Date.now() - since) / 1000).toFixed(1)} s`

async function outputsOf(project: Project): Promise<Outputs> {
  const { stdout } = await project.terraform(['output', '-json'])
  const outputs = Object.entries(JSON.parse(stdout) as Record<string, { value: string }>)
  return Object.fromEntries(outputs.map(([name, { value }]) => [name, value]))
}

/** What checkov finds in a plan. */
async function scan(plan: string, file: string, env: NodeJS.ProcessEnv) {
  writeFileSync(file, plan)
  const { AWS_ENDPOINT_URL, ...rest } = env
  const checkov = join(await pythonProgram('checkov', rest), 'checkov')
  const args = ['--file', file, '--framework', 'terraform_plan', '--output', 'json', '--compact', '--quiet']
  const { stdout } = await run(checkov, args, { cwd: '.', env: rest, timeout: 240, accept: [0, 1] })
  const { summary, results } = JSON.parse(stdout) as {
    summary: { passed: number; parsing_errors: number }
    results: { failed_checks: { check_id: string; check_name: string; resource: string }[] }
  }
  assert.equal(summary.parsing_errors, 0)
  const failed = results.failed_checks.map(({ check_id, check_name, resource }) => ({
    rule: check_id,
    check_name,
    resource,
  }))
  return { passed: summary.passed, failed }
}

/** The status of a request to S3, whether it was granted or not. */
const statusOf = (request: Promise<{ readonly $metadata: { readonly httpStatusCode?: number } }>) =>
  request.then(
    ({ $metadata }) => $metadata.httpStatusCode,
    error => {
      if (error instanceof S3ServiceException) return error.$metadata.httpStatusCode
      throw error
    },
  )

/** The metrics that a log line counts in embedded metric format, each with its namespace and dimensions. */
function metricsIn(line: string): string[] {
  const { _aws, ...values } = JSON.parse(line) as {
    readonly [name: string]: unknown
    readonly _aws?: {
      readonly CloudWatchMetrics: readonly {
        readonly Namespace: string
        readonly Dimensions: readonly (readonly string[])[]
        readonly Metrics: readonly { readonly Name: string }[]
      }[]
    }
  }
  return (_aws?.CloudWatchMetrics ?? []).flatMap(({ Namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap(names =>
      Metrics.map(({ Name }) => [Namespace, Name, ...names.map(name => `${name}=${values[name]}`)].join(' ')),
    ),
  )
}

/** An integer as JSON writes it. */
const plain = (value: unknown) => (typeof value === 'bigint' ? Number(value) : value)

await runCommand('verify:infra', async () => {
  try {
    await verify()
  } catch (error) {
    if (!(error instanceof MissingTool) || process.env.CI === 'true') throw error
    console.warn(
      `\n  SKIPPED: ${error.message}.\n  Nothing is proven of the infrastructure. With CI=true this fails.\n`,
    )
  }
})
