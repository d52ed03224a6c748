import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { environment } from './environment.ts'

test('.env in the working directory adds variables and overrides none', t => {
  const [here, folder] = [process.cwd(), mkdtempSync(join(tmpdir(), 'chatlake-env-'))]
  t.after(() => {
    process.chdir(here)
    rmSync(folder, { recursive: true })
    delete process.env.CHATLAKE_TEST_BOTH
  })
  process.chdir(folder)
  process.env.CHATLAKE_TEST_BOTH = 'environment'
  assert.equal(environment().CHATLAKE_TEST_FILE, undefined)
  writeFileSync('.env', 'CHATLAKE_TEST_BOTH=file\nCHATLAKE_TEST_FILE="in the file"\n')
  const { CHATLAKE_TEST_BOTH, CHATLAKE_TEST_FILE } = environment()
  assert.deepEqual([CHATLAKE_TEST_BOTH, CHATLAKE_TEST_FILE], ['environment', 'in the file'])
  assert.equal(process.env.CHATLAKE_TEST_FILE, undefined)
})
