import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parsedOf } from '../../../handlers/sources/testing/mutations.ts'
import { mutatedBody } from './mutated-body.ts'

const json = Buffer.from('{"entry":[{"id":"1","text":"olá"}],"date":1700000000}')
const update = Buffer.from('{"update_id":1}')
const seeds = [json, update, Buffer.from('no JSON')]
const sample = (seed: number, numRuns: number) => fc.sample(mutatedBody(seeds), { seed, numRuns })

test('a seed gives the same bodies each time, and another seed others', () => {
  assert.deepEqual(sample(1, 300), sample(1, 300))
  assert.deepEqual(sample(1, 100), sample(1, 300).slice(0, 100))
  assert.notDeepEqual(sample(1, 100), sample(2, 100))
})

test('bodies are changed as documents, as text and as bytes', () => {
  const bodies = sample(3, 2000)
  const texts = bodies.map(body => body.toString())
  const share = (isSo: (body: Buffer) => boolean) => bodies.filter(isSo).length / bodies.length
  assert.ok(share(body => parsedOf(body) !== undefined) > 0.4, 'JSON')
  assert.ok(share(body => parsedOf(body) === undefined) > 0.2, 'no JSON')
  assert.ok(share(body => [json, update].some(seed => seed.equals(body))) < 0.2, 'unchanged')
  for (const [what, pattern] of [
    ['a number that JSON.stringify does not write', /[:[,]1e400\b/],
    ['an integer beyond 2^53, exact', /[:[,]9007199254740993\b/],
    ['a lone surrogate, escaped', /"\\ud83d"/],
    ['a member __proto__', /"__proto__":/],
    ['a key twice', /\{[^{}]*"date":[^{}]*"date":[^{}]*\}/],
    ['a byte order mark', /^\ufeff/],
    ['tabs', /\n\t/],
    ['escapes of what is not ASCII', /ol\\u00e1/],
    ['deep nesting', /\[{500}/],
  ] as const)
    assert.ok(
      texts.some(text => pattern.test(text)),
      what,
    )
})
