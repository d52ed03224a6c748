import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { sources } from '../../../handlers/sources/index.ts'
import {
  assertAlarms,
  assertAthena,
  assertBuckets,
  assertCatalog,
  assertFunctions,
  assertSchedules,
  assertSecrets,
  type Outputs,
} from './deployed.ts'
import { Functions } from './functions.ts'
import type { Project } from './project.ts'
import { SECRET_MARK, SECRETS } from './secrets.ts'
import { step } from './step.ts'
import { type Deployed, stackFolder, type Verification } from './verification.ts'

/** Deploys the stack with the README's command and checks its outputs. */
export async function deployStack(verification: Verification): Promise<Deployed> {
  const { project, env, operatorTexts } = verification

  await step('`npx cdktf apply --auto-approve` deploys the stack', async () => {
    const { all } = await project.cdktf(['apply', '--auto-approve', '--skip-provider-lock'], { timeout: 400 })
    operatorTexts.push(all)
    return /\d+ added/.exec(all)?.[0]
  })

  const state = await project.state()
  const outputs = await outputsOf(project)

  await step('`npx cdktf output` prints the webhooks, the buckets and the workgroup', async () => {
    const { all } = await project.cdktf(['output', '--skip-synth'])
    for (const name of [...sources.map(({ name }) => `${name}_webhook_url`), 'raw_bucket', 'workgroup']) {
      assert.ok(all.includes(outputs[name] ?? '?'), name)
    }
    for (const { name } of sources)
      assert.match(outputs[`${name}_webhook_url`] ?? '', new RegExp(`^https://.+/prod/${name}$`))
  })

  await step('A second plan is empty, with TF_VAR_secrets and without it', async () => {
    await project.terraform(['plan', '-input=false', '-detailed-exitcode'])
    const { changes } = await project.plan({ TF_VAR_secrets: '' })
    assert.deepEqual(changes, {})
  })

  await step("A second deployer's plan is empty, too", async () => {
    const { changes } = await project.plan({ ...(await anotherDeployer()), TF_VAR_secrets: '' })
    assert.deepEqual(changes, {})
  })

  return { ...verification, state, outputs, functions: new Functions(state, stackFolder(project), env) }
}

/** The credentials of a role of the account with another name than the one that has deployed. */
async function anotherDeployer(): Promise<NodeJS.ProcessEnv> {
  const sts = new STSClient()
  const role = { RoleArn: 'arn:aws:iam::123456789012:role/ci', RoleSessionName: 'pipeline' }
  const { Credentials } = await sts.send(new AssumeRoleCommand(role))
  assert.ok(Credentials)
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials
  const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
  const [first, second] = await Promise.all(
    [sts, new STSClient({ credentials })].map(client => client.send(new GetCallerIdentityCommand({}))),
  )
  assert.notEqual(first?.Arn, second?.Arn)
  return {
    AWS_ACCESS_KEY_ID: AccessKeyId,
    AWS_SECRET_ACCESS_KEY: SecretAccessKey,
    AWS_SESSION_TOKEN: SessionToken,
  }
}

/** What the AWS APIs return for the deployed resources. */
export interface Checked {
  /** The input of each source's schedule, by the name of the function that it invokes. */
  readonly scheduleInputs: ReadonlyMap<string, string>
  /** The stack's own metrics that alarms watch. */
  readonly watchedMetrics: readonly string[]
}

/** Checks the deployed resources through the AWS APIs. */
export async function checkResources(deployed: Deployed): Promise<Checked> {
  const { s3, outputs, functions } = deployed
  await step('Secrets Manager has the secrets; state, plans and outputs do not', () => checkSecrets(deployed))
  await step('S3: versioned, encrypted, private buckets, TLS only, lifecycle rules, no overwrite in raw', () =>
    assertBuckets(s3, outputs),
  )
  await step("Glue: the tables' declared columns, projected partitions", () => assertCatalog(outputs))
  await step('Athena: an enforced, encrypted, limited workgroup; a named query for each file', async () => {
    return `${await assertAthena(outputs)} queries`
  })
  const scheduleInputs = await step("EventBridge Scheduler: each transform runs just after the lake's midnight", () =>
    assertSchedules(outputs),
  )
  await step('Lambda and IAM: environment, traces, logs, dead-letter queues; least privilege', async () => {
    await assertFunctions(functions.names)
    return `${functions.names.length} functions`
  })
  const watchedMetrics = await step('CloudWatch: each alarm notifies the topic; a missing day raises an alarm', () =>
    assertAlarms(outputs),
  )
  return { scheduleInputs, watchedMetrics }
}

async function checkSecrets({ project, outputs, operatorTexts }: Deployed): Promise<void> {
  await assertSecrets(outputs.secrets_id, JSON.stringify(SECRETS))
  const [stateFile = ''] = readdirSync(project.folder).filter(file => file.endsWith('.tfstate'))
  const files = [join(project.folder, stateFile), project.planFile, join(stackFolder(project), 'cdk.tf.json')]
  operatorTexts.push(...files.map(file => readFileSync(file, 'latin1')))
  assert.ok(operatorTexts.every(text => text.length > 0))
  assert.ok(!operatorTexts.some(text => text.includes(SECRET_MARK)))
}

async function outputsOf(project: Project): Promise<Outputs> {
  const { stdout } = await project.terraform(['output', '-json'])
  const outputs = Object.entries(JSON.parse(stdout) as Record<string, { value: string }>)
  return Object.fromEntries(outputs.map(([name, { value }]) => [name, value]))
}
