import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sources } from '../../../handlers/sources/index.ts'
import { step } from './step.ts'
import { type Deployed, WEBHOOK_SETTINGS } from './verification.ts'

/** A step before has shown that nothing drifts, so these plans do not refresh the state. */
const WITHOUT_REFRESH = { refresh: false }

/** Checks that a change of the sources plans only the changes that it should. */
export async function checkChanges({ project }: Deployed): Promise<void> {
  for (const { name: source, webhook } of sources) {
    for (const { name, example } of webhook.settings) {
      await step(`One more item of ${name} updates one function in place`, async () => {
        const variable = `CHATLAKE_${name}S`
        const plan = { [variable]: `${WEBHOOK_SETTINGS[variable]},${example}` }
        const { changes } = await project.plan(plan, WITHOUT_REFRESH)
        assert.deepEqual(changes, { [`aws_lambda_function.${source}-ingest_function`]: 'update' })
      })
    }
  }

  await step('Another region and another bucketPrefix are refused at the plan, with one sentence', async () => {
    for (const [variable, value, sentence] of [
      ['CHATLAKE_REGION', 'us-east-1', /The stage prod of this account is in sa-east-1/],
      ['CHATLAKE_BUCKET_PREFIX', 'acme', /The buckets of the stage prod begin with chatlake/],
    ] as const) {
      await project.cdktf(['synth'], { env: { [variable]: value } })
      const { all } = await project.terraform(['plan', '-input=false', '-no-color'], { accept: [1] })
      assert.match(all, sentence)
      assert.equal(all.match(/^│? ?Error: /gm)?.length, 1)
    }
  })

  await step('Another time zone is refused at the plan, in a sentence that names both', async () => {
    const env = { CHATLAKE_TIME_ZONE: 'Europe/Berlin' }
    await project.cdktf(['synth'], { env })
    const { all } = await project.terraform(['plan', '-input=false', '-refresh=false', '-no-color'], { accept: [1] })
    const text = all.replace(/[\s│]+/g, ' ')
    assert.match(
      text,
      /The lake's time zone is America\/Sao_Paulo, and the setting timeZone is Europe\/Berlin: set it back/,
    )
  })

  await step('One more query file adds one named query', async () => {
    const file = join(project.folder, 'sql', 'queries', 'one-more.sql')
    writeFileSync(file, '-- title: One more\n-- description: A query\n-- grain: one row\nselect 1 as one\n')
    const { changes } = await project.plan({}, WITHOUT_REFRESH)
    assert.deepEqual(changes, { 'aws_athena_named_query.queries_one-more': 'create' })
    rmSync(file)
  })

  await step('One more column updates its table, and the functions whose bundle has its name', async () => {
    const file = join(project.folder, 'handlers', 'sources', 'whatsapp', 'columns.ts')
    const before = readFileSync(file, 'utf8')
    writeFileSync(file, before.replace("received_at: 'bigint',", "received_at: 'bigint',\n  one_more: 'string',"))
    const { changes } = await project.plan({}, WITHOUT_REFRESH)
    assert.deepEqual(changes, {
      'aws_glue_catalog_table.catalog_whatsapp': 'update',
      'aws_lambda_function.whatsapp-ingest_function': 'update',
      'aws_lambda_function.whatsapp-transform_function': 'update',
    })
    writeFileSync(file, before)
  })
}
