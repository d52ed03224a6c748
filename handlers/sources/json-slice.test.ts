import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { slicer } from './json-slice.ts'

const sliceAt = (text: string, path: Path) => slicer(text, path.length)(path)

test('a slice is the text exactly as it stands: digits unrounded, escapes kept, space inside kept', () => {
  const cases: [text: string, path: (string | number)[], slice: string][] = [
    ['{"a":12345678901234567890.10e+5}', ['a'], '12345678901234567890.10e+5'],
    ['{"a":-0.0}', ['a'], '-0.0'],
    ['{"a":"\\u0041\\/\\ud800"}', ['a'], '"\\u0041\\/\\ud800"'],
    ['{"a" :\t{ "b" :\r\n[ 1 , 2 ] } }', ['a'], '{ "b" :\r\n[ 1 , 2 ] }'],
    ['{"a":[true,false,null]}', ['a', 1], 'false'],
    ['[[], {} ,"", 0]', [1], '{}'],
    ['[[], {} ,"", 0]', [2], '""'],
    ['[[], {} ,"", 0]', [3], '0'],
  ]
  for (const [text, path, slice] of cases) assert.equal(sliceAt(text, path), slice)
})

test('an empty path is the whole document without the space and the byte order mark around it', () => {
  assert.equal(sliceAt('\uFEFF \r\n\t{"a": 1} \n', []), '{"a": 1}')
  assert.equal(sliceAt(' 17 ', []), '17')
})

test('of repeated keys the last wins, as in JSON.parse, also where it is spelled with escapes', () => {
  assert.equal(sliceAt('{"a":1,"b":2,"a":3}', ['a']), '3')
  assert.equal(sliceAt('{"a":{"x":1},"\\u0061":{"x":2}}', ['a', 'x']), '2')
  assert.equal(sliceAt('{"\\u0061":1,"a":[2]}', ['a', 0]), '2')
})

test('quotes, brackets and commas inside strings and keys are text', () => {
  assert.equal(sliceAt('{"]}\\",\\\\":[0],"a":["[{,\\\\","\\"}]",3]}', ['a', 2]), '3')
  assert.equal(sliceAt('{"a\\"b":{"":"\\\\"}}', ['a"b', '']), '"\\\\"')
})

test('keys with a meaning in JavaScript are keys like others', () => {
  for (const key of ['__proto__', 'constructor', 'toString', 'length'])
    assert.equal(sliceAt(`{"x":0,"${key}":{"${key}":[7]}}`, [key, key, 0]), '7')
})

test('a value 100,000 levels deep comes back whole', () => {
  const deep = `${'{"a":['.repeat(50_000)}1${']}'.repeat(50_000)}`
  assert.equal(sliceAt(`{"before":${deep},"it": ${deep} ,"after":${deep}}`, ['it']), deep)
})

test('every value of any document comes back as it was written', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.infiniteStream(fc.nat(11)), (value, choices) => {
      const { text, slices } = spell(value, choices)
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)))
      const sliceOf = slicer(text, Math.max(...slices.map(([path]) => path.length)))
      for (const [path, slice] of slices) {
        assert.equal(sliceOf(path), slice)
        assert.equal(sliceAt(text, path), slice)
      }
    }),
    { numRuns: 300 },
  )
})

type Path = readonly (string | number)[]

/** Spells a document in one of its many ways: space anywhere, escapes, members repeated. Tells each value's spelling. */
function spell(document: unknown, choices: Iterator<number>) {
  const slices: [Path, string][] = []
  const choose = () => choices.next().value as number
  const space = () => ['', '', '', ' ', '\n', '\r\n\t'][choose() % 6] ?? ''
  const quote = (text: string) =>
    choose() === 0
      ? `"${Array.from({ length: text.length }, (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')}"`
      : JSON.stringify(text)
  const decoy = (key: string) => (choose() === 0 ? `${quote(key)}:[{"decoy":"]}"}],` : '')

  function value(it: unknown, path: Path): string {
    const text = spelling(it, path)
    slices.push([path, text])
    return text
  }
  function spelling(it: unknown, path: Path): string {
    if (typeof it === 'string') return quote(it)
    if (Array.isArray(it))
      return `[${space()}${it.map((item, i) => value(item, [...path, i])).join(`${space()},${space()}`)}${space()}]`
    if (typeof it !== 'object' || it === null) return JSON.stringify(it)
    const members = Object.entries(it).map(
      ([key, member]) =>
        `${decoy(key)}${space()}${quote(key)}${space()}:${space()}${value(member, [...path, key])}${space()}`,
    )
    return `{${members.join(',')}${space()}}`
  }
  return { text: `${space()}${value(document, [])}${space()}`, slices }
}
