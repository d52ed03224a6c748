import { S3Client } from '@aws-sdk/client-s3'
import { checkChanges } from './change-steps.ts'
import { checkResources, deployStack } from './deployment-steps.ts'
import { startEmulator } from './emulator.ts'
import { Project } from './project.ts'
import { checkRotationAndRemoval } from './removal-steps.ts'
import { SECRETS } from './secrets.ts'
import { seconds } from './step.ts'
import { checkSynthesis } from './synthesis-steps.ts'
import { findProviderMirror, PROVIDER_VERSION, requireTerraform } from './tools.ts'
import { checkTraffic } from './traffic-steps.ts'
import { type Verification, WEBHOOK_SETTINGS } from './verification.ts'

/**
 * Deploys the stack to the emulator, checks it, sends deliveries, changes it and destroys it.
 * @throws MissingTool; the error of the first step that fails
 */
export async function verifyStack(): Promise<void> {
  const startMs = Date.now()
  // without the caller's AWS account and settings
  const inherited = Object.entries(process.env).filter(([name]) => !/^(AWS|CHATLAKE|TF|CDKTF|MOTO)_/.test(name))
  const env: NodeJS.ProcessEnv = Object.fromEntries(inherited)
  const mirror = findProviderMirror()
  console.log(`terraform ${await requireTerraform(env)}, provider hashicorp/aws ${PROVIDER_VERSION}\n`)

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
  console.log(`\nAll steps passed in ${seconds(startMs)}.`)
}

async function runSteps(verification: Verification): Promise<void> {
  await checkSynthesis(verification)
  const deployed = await deployStack(verification)
  const checked = await checkResources(deployed)
  await checkTraffic(deployed, checked)
  await checkChanges(deployed)
  await checkRotationAndRemoval(deployed)
}
