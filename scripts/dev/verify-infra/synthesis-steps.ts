import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { scan } from './checkov.ts'
import { step } from './step.ts'
import { type Verification, WEBHOOK_SETTINGS } from './verification.ts'
import { COMPANY_SETTINGS, WAIVERS } from './waivers.ts'

/** Checks what can be checked before the deployment: settings, Terraform's validation, the plan. */
export async function checkSynthesis(verification: Verification): Promise<void> {
  const { project } = verification

  const settings = Object.keys(WEBHOOK_SETTINGS)
  await step('Wrong settings are refused before the build, and the message says what to write instead', async () => {
    const { all } = await project.cdktf(['synth'], {
      env: { ...Object.fromEntries(settings.map(name => [name, ''])), CHATLAKE_TIME_ZONE: 'America/Sampa' },
      accept: [1],
    })
    for (const name of settings) assert.match(all, new RegExp(` is empty: write .*${name}\\)`))
    assert.match(all, /timeZone is "America\/Sampa": write an IANA time zone/)
    assert.ok(!existsSync(join(project.folder, 'dist')), 'nothing is built for wrong settings')
  })

  await step('The synthesized stack is valid', async () => {
    await project.cdktf(['synth'])
    await project.terraform(['init', '-input=false'])
    await project.terraform(['validate'])
  })

  await step(
    'A first plan without secrets is refused, unless secretsByHand says that people put them there',
    async () => {
      const withoutSecrets = { TF_VAR_secrets: '' }
      const { all } = await project.terraform(['plan', '-input=false', '-no-color'], {
        env: withoutSecrets,
        accept: [1],
      })
      assert.match(all, /secretsVersion 1 is not deployed yet and TF_VAR_secrets is not set/)
      const { changes } = await project.plan({ ...withoutSecrets, CHATLAKE_SECRETS_BY_HAND: 'true' })
      assert.deepEqual(
        Object.keys(changes).filter(address => address.startsWith('aws_secretsmanager_secret')),
        ['aws_secretsmanager_secret.secrets_secret'],
      )
    },
  )

  const companySettings = Object.fromEntries(Object.values(COMPANY_SETTINGS).map(({ setting }) => setting))
  await checkPlan(verification, 'with the default settings', {}, [WAIVERS, COMPANY_SETTINGS])
  await checkPlan(verification, "with the company's own resources", companySettings, [WAIVERS])
}

/** Scans a stage's plan with checkov. Only rules that are waived may fail, and every one of these must. */
async function checkPlan(
  { project, env, operatorTexts }: Verification,
  stage: string,
  settings: NodeJS.ProcessEnv,
  waived: readonly object[],
): Promise<void> {
  await step(`checkov's findings in the plan of a stage ${stage} are exactly the waived ones`, async () => {
    const { json } = await project.plan(settings)
    operatorTexts.push(json)
    const { passed, failed } = await scan(json, join(project.folder, 'plan.json'), env)
    const rules = new Set(failed.map(({ rule }) => rule))
    assert.deepEqual([...rules].sort(), waived.flatMap(Object.keys).sort(), JSON.stringify(failed, null, 1))
    return `${passed} checks passed, ${rules.size} rules waived`
  })
}
