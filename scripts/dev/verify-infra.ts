import { S3Client } from '@aws-sdk/client-s3'
import { runCommand } from '../lib/cli/command.ts'
import { checkChanges } from './verify-infra/change-steps.ts'
import { checkResources, deployStack } from './verify-infra/deployment-steps.ts'
import { startEmulator } from './verify-infra/emulator.ts'
import { Project } from './verify-infra/project.ts'
import { checkRotationAndRemoval } from './verify-infra/removal-steps.ts'
import { SECRETS } from './verify-infra/secrets.ts'
import { seconds } from './verify-infra/step.ts'
import { checkSynthesis } from './verify-infra/synthesis-steps.ts'
import { findProviderMirror, MissingTool, requireTerraform } from './verify-infra/tools.ts'
import { checkTraffic } from './verify-infra/traffic-steps.ts'
import { type Verification, WEBHOOK_SETTINGS } from './verify-infra/verification.ts'

/*
 * `npm run verify:infra`: deploys the stack to an emulator of AWS with the real AWS provider and the README's commands,
 * sends deliveries through it, changes it, and destroys it.
 */

const started = Date.now()

async function verifyInfra(): Promise<void> {
  // without the caller's AWS account and settings
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
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', // it would be printed between the steps
  }
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name]
  Object.assign(process.env, aws) // for the AWS SDK in this process
  const operator = { ...WEBHOOK_SETTINGS, TF_VAR_secrets: JSON.stringify(SECRETS) }
  const project = new Project({ ...env, ...aws, ...operator }, mirror)
  const s3 = new S3Client({ forcePathStyle: true })
  try {
    await runSteps({ project, s3, env: { ...env, ...aws }, operatorTexts: [] })
  } finally {
    emulator.stop()
    project.remove()
  }
  console.log(`\nAll steps passed in ${seconds(started)}.`)
}

async function runSteps(verification: Verification): Promise<void> {
  await checkSynthesis(verification)
  const deployed = await deployStack(verification)
  const checked = await checkResources(deployed)
  await checkTraffic(deployed, checked)
  await checkChanges(deployed)
  await checkRotationAndRemoval(deployed)
}

await runCommand('verify:infra', async () => {
  try {
    await verifyInfra()
  } catch (error) {
    if (!(error instanceof MissingTool) || process.env.CI === 'true') throw error
    console.warn(
      `\n  SKIPPED: ${error.message}.\n  The infrastructure was not verified. With CI=true this is an error.\n`,
    )
  }
})
