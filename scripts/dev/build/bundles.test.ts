import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { sources } from '../../../handlers/sources/index.ts'
import { whatsapp } from '../../../handlers/sources/whatsapp/index.ts'
import { buildBundles, entryPoint } from './bundles.ts'

const handlers = fileURLToPath(new URL('../../../handlers', import.meta.url))

test('a platform without an entry point fails the build, and the message says which file to write', async () => {
  const options = { sources: [whatsapp, { ...whatsapp, name: 'pager' }], handlers, dist: join(tmpdir(), 'not-made') }
  await assert.rejects(buildBundles(options), {
    message: `handlers/pager-ingest.ts is missing. It is the entry point of a Lambda function. Write:\n\n${entryPoint('pager', 'ingest')}`,
  })
})

for (const { name } of sources) {
  for (const stage of ['ingest', 'transform'] as const) {
    test(`${name}-${stage}.ts is what that message says`, () => {
      const lines = (text: string) => text.trim().split('\n').sort()
      assert.deepEqual(
        lines(readFileSync(join(handlers, `${name}-${stage}.ts`), 'utf8')),
        lines(entryPoint(name, stage)),
      )
    })
  }
}
