import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { deployed, parseOutputs, stackFolder, terraformOutput } from './outputs.ts'

const PRINTED = JSON.stringify({
  raw_bucket: { sensitive: false, type: 'string', value: 'chatlake-prod-raw-123456789012' },
  some_list: { sensitive: false, type: ['list', 'string'], value: ['a'] },
})

test('parseOutputs keeps the outputs that are strings', () =>
  assert.deepEqual(parseOutputs(PRINTED), { raw_bucket: 'chatlake-prod-raw-123456789012' }))

test('Terraform runs once, and only when an output is needed', async () => {
  let asked = 0
  const stage = deployed({}, async () => {
    asked++
    return PRINTED
  })
  assert.equal(asked, 0)
  assert.equal(await stage.need('raw_bucket', '--raw'), 'chatlake-prod-raw-123456789012')
  assert.equal(await stage.find('region'), undefined)
  await assert.rejects(stage.need('region', '--region'), /Terraform has no output region: give --region/)
  assert.equal(asked, 1)
})

test('without a deployment find gives undefined, and need throws the reason', async () => {
  const stage = deployed({}, async () => Promise.reject(new Error('nothing was deployed from this checkout')))
  assert.equal(await stage.find('region'), undefined)
  await assert.rejects(stage.need('raw_bucket', '--raw'), /nothing was deployed from this checkout: give --raw/)
})

test('the stage is CHATLAKE_STAGE, else that of cdktf.json', () => {
  const folder = mkdtempSync(join(tmpdir(), 'chatlake-'))
  const stack = (name: string) => join(folder, 'cdktf.out', 'stacks', name)
  assert.equal(stackFolder({}, folder), stack('chatlake-prod'))
  writeFileSync(join(folder, 'cdktf.json'), JSON.stringify({ context: { stage: 'test' } }))
  assert.equal(stackFolder({}, folder), stack('chatlake-test'))
  assert.equal(stackFolder({ CHATLAKE_STAGE: 'dev' }, folder), stack('chatlake-dev'))
})

test("Terraform runs in the stack's folder, and its error message is passed on", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'chatlake-'))
  const program = join(folder, 'terraform')
  const write = (script: string) => {
    writeFileSync(program, `#!/bin/sh\n${script}\n`)
    chmodSync(program, 0o755)
  }
  const env = { TERRAFORM_BINARY_NAME: program }
  write('echo "{\\"folder\\": {\\"value\\": \\"$(pwd -P) $*\\"}}"')
  assert.match(parseOutputs(await terraformOutput(folder, env)).folder ?? '', /chatlake-\w+ output -json$/)
  write('echo "Error: No state file was found!" >&2; exit 1')
  await assert.rejects(terraformOutput(folder, env), /terraform output failed in .*No state file was found!/)
  await assert.rejects(terraformOutput(join(folder, 'none'), env), /nothing was deployed from this checkout/)
})
