import assert from 'node:assert/strict'
import { assertSecrets, leftovers } from './deployed.ts'
import { SECRETS } from './secrets.ts'
import { step } from './step.ts'
import { type Deployed, FORCE_DESTROY } from './verification.ts'

/** Checks the rotation of secrets and that the stack can be destroyed, but not by accident. */
export async function checkRotationAndRemoval({ project, s3, outputs }: Deployed): Promise<void> {
  const destroy = ['destroy', '--auto-approve', '--skip-provider-lock']
  const rotated = { ...FORCE_DESTROY.env, CHATLAKE_SECRETS_VERSION: '2' }

  await step('Without forceDestroy `npx cdktf destroy` is refused and changes nothing', async () => {
    const before = await project.state()
    const { all } = await project.cdktf(destroy, { accept: [1] })
    assert.match(all, /Instance cannot be destroyed/)
    assert.deepEqual(await project.state(), before)
    assert.ok((await leftovers(s3)).includes(outputs.alarm_topic)) // shows that leftovers() finds what is there
  })

  await step(
    'Incomplete and missing secrets are refused; applying a higher secretsVersion writes the new ones',
    async () => {
      const incomplete = { env: { TF_VAR_secrets: '{"VERIFY_TOKEN":"hush"}' }, accept: [1] }
      const { all } = await project.terraform(['plan', '-input=false', '-no-color'], incomplete)
      assert.match(all, /TF_VAR_secrets is incomplete/)
      assert.ok(!all.includes('hush'))
      await project.cdktf(['synth'], { env: rotated })
      const without = { env: { ...rotated, TF_VAR_secrets: '' }, accept: [1] }
      const refused = await project.terraform(['plan', '-input=false', '-no-color'], without)
      assert.match(refused.all, /secretsVersion 2 is not deployed yet and TF_VAR_secrets is not set/)
      const newest = JSON.stringify(SECRETS).replaceAll('hush-new', 'hush-newest')
      const env = { ...rotated, TF_VAR_secrets: newest }
      await project.cdktf(['apply', '--auto-approve', '--skip-provider-lock'], { ...FORCE_DESTROY, env })
      await assertSecrets(outputs.secrets_id, newest)
    },
  )

  await step('After an apply with CHATLAKE_FORCE_DESTROY=true, `npx cdktf destroy` leaves nothing', async () => {
    await project.cdktf(destroy, { ...FORCE_DESTROY, env: rotated })
    assert.deepEqual(await project.state(), [])
    assert.deepEqual(await leftovers(s3), [])
  })
}
