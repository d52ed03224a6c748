import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { unzipSync } from 'fflate'
import { zipBundle } from './bundle.ts'

const dist = mkdtempSync(join(tmpdir(), 'chatlake-bundle-'))
after(() => rmSync(dist, { recursive: true }))

mkdirSync(join(dist, 'some-ingest'))
const file = join(dist, 'some-ingest', 'index.mjs')
writeFileSync(file, 'export const handler = () => {}')
writeFileSync(join(dist, 'some-ingest', 'beside.wasm'), 'wasm')

test('a zip contains all files of the bundle', () => {
  const files = unzipSync(readFileSync(zipBundle('some-ingest', dist).path))
  assert.deepEqual(Object.keys(files), ['beside.wasm', 'index.mjs'])
  assert.equal(Buffer.from(files['index.mjs'] ?? []).toString(), 'export const handler = () => {}')
})

test("a zip's digest depends on the content of the files, not on their times", () => {
  const before = zipBundle('some-ingest', dist).sha256
  utimesSync(file, new Date(0), new Date(0))
  assert.equal(zipBundle('some-ingest', dist).sha256, before)
  writeFileSync(file, 'export const handler = () => 1')
  assert.notEqual(zipBundle('some-ingest', dist).sha256, before)
})

test('the error for a missing bundle says how to build it', () => {
  assert.throws(() => zipBundle('no-ingest', dist), /no bundle no-ingest: run npm run build/)
})
