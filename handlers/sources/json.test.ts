import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { codePoint } from '../lake/testing/code-point.ts'
import { Utf8Slice } from '../lake/utf8-slice.ts'
import { type Json, NOWHERE, type Node, parseObject } from './json.ts'
import { parseTape } from './json-tape.ts'

const bytes = (text: string) => Buffer.from(text)

/** A parsed body, its outermost value and the value of its member `a`. */
function parsed(body: Uint8Array) {
  const result = parseObject(body)
  assert.ok('json' in result)
  const { json, root } = result
  return { json, root, a: json.at(root, 'a') }
}

const a = (text: string) => parsed(bytes(`{"a":${text}}`))

/** Reads a JSON value. */
const as = <T>(text: string, read: (json: Json, value: Node) => T) => {
  const { json, a: value } = a(text)
  return read(json, value)
}

test('absent values and values of another type read as null or empty', () => {
  for (const text of ['null', '[1]', '"text"', '1', 'true']) {
    const { json, root, a: value } = a(text)
    assert.equal(json.at(value, 'b'), NOWHERE)
    assert.equal(json.at(root, 'a', 'b'), NOWHERE)
    assert.equal(json.members(value).size, 0)
  }
  for (const text of ['null', '{"0":1}', '"text"', '1', 'true'])
    assert.deepEqual(
      as(text, (json, it) => json.elements(it)),
      [],
      text,
    )
  const { json } = a('1')
  assert.deepEqual(
    [json.text(NOWHERE), json.boolean(NOWHERE), json.integer(NOWHERE), json.digits(NOWHERE), json.is(NOWHERE, '')],
    [null, null, null, null, false],
  )
  assert.deepEqual([json.isNothing(NOWHERE), json.elements(NOWHERE), json.at(NOWHERE, 'a')], [true, [], NOWHERE])
})

test('isNothing is true for null only', () => {
  assert.deepEqual(
    ['null', 'false', '0', '""', '[]', '{}'].map(text => as(text, (json, it) => json.isNothing(it))),
    [true, false, false, false, false, false],
  )
})

test('members are found by their whole name, also escaped; the last of repeated ones; none that is inherited', () => {
  const { json, root } = parsed(
    bytes('{"ab":1,"abc":2,"a":3,"b":{"a":4},"a":5,"\\u0061c":6,"adc":7,"é":8,"c":9,"\\u0063":10}'),
  )
  const found = (...path: [string, string?]) => json.integer(json.at(root, ...path))
  assert.deepEqual(
    ['a', 'ab', 'abc', 'abd', 'ac', 'adc', 'c', 'd', '__proto__', 'toString'].map(name => found(name)),
    [5, 1, 2, null, 6, 7, 10, null, null, null],
  )
  assert.deepEqual([found('b', 'a'), found('b', 'b'), found('a', 'a')], [4, null, null])
  assert.deepEqual(
    [...json.members(root)].map(([name, node]) => [name, json.json(node)]),
    Object.entries({ ab: '1', abc: '2', a: '5', b: '{"a":4}', ac: '6', adc: '7', é: '8', c: '10' }),
  )
})

test('strings are unchanged, also empty or with NUL, but a lone surrogate becomes U+FFFD', () => {
  for (const text of ['', '\0', 'coração', '😀', '__proto__', '"\\/\b\f\n\r\t', '\u2028', '\uFEFF']) {
    const { json, a: value } = a(JSON.stringify(text))
    assert.equal(json.string(value), text)
    assert.equal(String(json.text(value)), text)
    assert.equal(json.is(value, 'x'), false)
  }
  assert.equal(
    as('"\\u0041\\ud83d\\uDE00"', (json, it) => json.string(it)),
    'A😀',
  )
  assert.equal(
    as('"a\\uD83Db"', (json, it) => json.string(it)),
    'a\uFFFDb',
  )
  assert.equal(
    as('"\\uDE00\\uD83D"', (json, it) => json.string(it)),
    '\uFFFD\uFFFD',
  )
  for (const other of ['null', '1', 'true', '{}', '["x"]'])
    assert.equal(
      as(other, (json, it) => json.text(it)),
      null,
    )
})

test('a string without escape sequences is not copied', () => {
  const body = bytes('{"a":"coração"}')
  const { json, a: value } = parsed(body)
  const text = json.text(value)
  assert.ok(text instanceof Utf8Slice && text.bytes === body)
  assert.deepEqual([text.start, text.end, text.length], [6, 15, 9])
})

test('a text and a slice stay valid when their document expires', () => {
  const { json, a: value } = a('"coração"')
  const [text, slice] = [json.text(value), json.slice(value)]
  parsed(bytes('{"a":"another text, and a longer one"}'))
  assert.deepEqual([String(text), String(slice)], ['coração', '"coração"'])
})

test('is compares whole strings', () => {
  const { json, a: value } = a('"text"')
  assert.deepEqual(
    ['text', 'texts', 'tex', 'tent', ''].map(text => json.is(value, text)),
    [true, false, false, false, false],
  )
  assert.ok(as('"te\\u0078t"', (json, it) => json.is(it, 'text')))
  assert.ok(as('""', (json, it) => json.is(it, '')))
  assert.ok(!as('1', (json, it) => json.is(it, '1')))
})

test('boolean reads true and false only', () => {
  assert.deepEqual(
    ['true', 'false', '1', '"true"', 'null'].map(text => as(text, (json, it) => json.boolean(it))),
    [true, false, null, null, null],
  )
})

test('an integer is exact within int64, or null', () => {
  const integer = (text: string) => as(text, (json, it) => json.integer(it))
  for (const exact of [0, -1, 2 ** 53 - 1, 1 - 2 ** 53, -1001987654321]) assert.equal(integer(String(exact)), exact)
  assert.equal(integer('1.0'), 1)
  assert.equal(integer('1e3'), 1000)
  assert.equal(integer('-1.20e2'), -120)
  assert.equal(integer('0e999'), 0)
  for (const beyond of [2n ** 53n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n), 10n ** 18n])
    assert.equal(integer(String(beyond)), beyond)
  assert.equal(integer('9.007199254740993e15'), 9007199254740993n)
  const rounded = ['1.00000000000000000001', '9007199254740991.4', '9223372036854775808', '-9223372036854775809']
  for (const other of [...rounded, '1e19', '1e999', '1.5', '"1"', 'null', 'true', '[1]', '{}'])
    assert.equal(integer(other), null, other)
})

// In time that grows with the square of the digits, each of these would take minutes.
test('a number of many digits is read', { timeout: 30_000 }, async () => {
  const zeros = '0'.repeat(300_000)
  const numbers = [`1${zeros}1`, `1${zeros}e-300000`, `0.${zeros}1e300001`]
  const integers = numbers.map(text => as(text, (json, it) => json.integer(it)))
  await sleep(1) // the timeout ends the test only here
  assert.deepEqual(integers, [null, 1, 1])
})

test('a double is what JSON.parse reads, an integer is exact within int64', () => {
  const sign = fc.constantFrom('', '-')
  const digits = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 20 }).map(list => list.join(''))
  /** The thousandths that digits stand for with each end. */
  const ends: Readonly<Record<string, (digits: bigint) => bigint>> = {
    '': n => n * 1000n,
    '.0': n => n * 1000n,
    '.5': n => n * 1000n + 500n,
    e0: n => n * 1000n,
    E2: n => n * 100_000n,
    'e-3': n => n,
  }
  fc.assert(
    fc.property(sign, digits, fc.constantFrom(...Object.keys(ends)), (sign, digits, end) => {
      const text = `${sign}${digits.replace(/^0+(?=.)/, '')}${end}`
      const double = as(text, (json, it) => json.double(it))
      assert.ok(Object.is(double, JSON.parse(text)), text)
      const thousandths = (ends[end]?.(BigInt(digits)) ?? 0n) * (sign ? -1n : 1n)
      const exact = thousandths / 1000n
      const isInt64 = thousandths % 1000n === 0n && BigInt.asIntN(64, exact) === exact
      const integer = as(text, (json, it) => json.integer(it))
      assert.deepEqual(integer, !isInt64 ? null : Number.isSafeInteger(Number(exact)) ? Number(exact) : exact, text)
    }),
    { numRuns: 1000 },
  )
})

test('digits reads strings of 1–19 digits, with or without +, exactly and within int64', () => {
  const digits = (text: string) => as(text, (json, it) => json.digits(it))
  assert.equal(digits('"5511900010001"'), 5511900010001)
  assert.equal(digits('"+5511900010001"'), 5511900010001)
  assert.equal(digits('"0"'), 0)
  assert.equal(digits('"9007199254740993"'), 9007199254740993n)
  assert.equal(digits('"9223372036854775807"'), 9223372036854775807n)
  assert.equal(digits('"+0000000000000000001"'), 1)
  assert.equal(digits('"\\u0031\\u0032"'), 12)
  for (const other of [
    ['9223372036854775808', '10000000000000000000', '00000000000000000001'], // beyond int64, 20 digits
    ['', '+', '++1', '-1', ' 1', '1\n', '1 2', '1.0', '1e3', '0x1', '1n', '１', '٣'],
  ].flat())
    assert.equal(digits(JSON.stringify(other)), null, JSON.stringify(other))
  for (const other of ['5511900010001', 'null', '{}', '["1"]']) assert.equal(digits(other), null, other)
})

test('epochSeconds reads a number or digits within 0 … 253402300799, the range of both engines', () => {
  const date = (text: string) => as(text, (json, it) => json.epochSeconds(it))
  for (const second of [0, 1794405660, 253402300799]) {
    assert.equal(date(`${second}`), second)
    assert.equal(date(`"${second}"`), second)
  }
  for (const other of ['-1', '253402300800', '1.5', '1e999', 'null', 'true']) assert.equal(date(other), null, other)
  for (const other of ['-1', '253402300800', '9223372036854775807', '', '1.5'])
    assert.equal(date(JSON.stringify(other)), null, other)
})

test('double reads finite numbers only', () => {
  const double = (text: string) => as(text, (json, it) => json.double(it))
  for (const number of ['0', '-23.5505', '1e3', '1.50', '9007199254740993', '1e-400', '1.7976931348623157e308'])
    assert.equal(double(number), Number(number), number)
  for (const other of ['1e999', '-1e999', '"1.5"', 'null', 'true', '[1]', '{}'])
    assert.equal(double(other), null, other)
  const { json } = a('1')
  assert.equal(json.double(NOWHERE), null)
})

test('forEachMember calls in document order, for repeated names each time, with decoded names', () => {
  const names = ['b', 'a', '\\u0061', 'é', 'Ã©', '', '\\n', '__proto__', 'a', 'x'.repeat(65), 'x'.repeat(70_000), '😀']
  const members = names.map((name, i) => `"${name}": [${i}, {"inner": 0}]`)
  const { json, root } = parsed(bytes(`{${members.join(' ,')}}`))
  for (let round = 0; round < 2; round++) {
    const found: [string, string][] = []
    json.forEachMember(root, (name, value) => found.push([name, json.json(value)]))
    assert.deepEqual(
      found,
      names.map((name, i) => [JSON.parse(`"${name}"`), `[${i}, {"inner": 0}]`]),
    )
  }
  for (const other of ['[1]', '"text"', 'null', '{}'])
    as(other, (json, it) => json.forEachMember(it, () => assert.fail(other)))
  a('1').json.forEachMember(NOWHERE, () => assert.fail())
})

test('names of any characters are distinct', () => {
  const name = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '\0', '"', '😀'), maxLength: 5 })
  fc.assert(
    fc.property(fc.array(name, { maxLength: 30 }), names => {
      const { json, root } = parsed(bytes(`{${names.map(name => `${JSON.stringify(name)}:1`).join()}}`))
      const found: string[] = []
      json.forEachMember(root, name => found.push(name))
      assert.deepEqual(found, names)
    }),
  )
})

test('slice has the bytes of a value in the body, from its start to its end', () => {
  const values = [
    '"coração"',
    '""',
    '"\\u00e9\\/"',
    '12345678901234567890',
    'null',
    '[ 1 ,2]',
    '{ "b" :\t{}}',
    '[]',
    '{}',
  ]
  for (const text of values) {
    const body = bytes(` {"é": 1, "a" : ${text} }`)
    const { json, a: value } = parsed(body)
    const slice = json.slice(value)
    assert.ok(slice.bytes === body)
    assert.deepEqual([slice.start, slice.end], [json.start(value), json.end(value)])
    assert.equal(body.toString('utf8', json.start(value), json.end(value)), text)
    assert.deepEqual([String(slice), slice.length], [text, Buffer.byteLength(text)])
  }
  const { json } = a('1')
  assert.equal(json.slice(NOWHERE).length, 0)
})

test('json is exactly as in the body: digits unrounded, escape sequences and inner white space kept', () => {
  for (const text of ['12345678901234567890', '1.50', '"\\u00e9\\/"', '[ 1 ,2]', '{ "b" :\t{}}', 'null', '""', '-0e1'])
    assert.equal(
      as(` ${text}\n`, (json, it) => json.json(it)),
      text,
    )
})

test('kind names the type of a value', () => {
  assert.deepEqual(
    ['null', '[]', '"x"', '"\\n"', '1', 'false', 'true', '{}'].map(text => as(text, (json, it) => json.kind(it))),
    ['null', 'an array', 'a string', 'a string', 'a number', 'a boolean', 'a boolean', 'an object'],
  )
})

test('parseObject gives an object or the reason why the body is none', () => {
  const reasonOf = (body: Uint8Array) => {
    const parsed = parseObject(body)
    return 'reject' in parsed ? parsed.reject.reason : parsed.json.json(parsed.root)
  }
  assert.equal(reasonOf(bytes(' {"a":1}\n')), '{"a":1}')
  assert.equal(reasonOf(bytes('\uFEFF{"a":1}')), '{"a":1}')
  for (const text of ['', ' ', '{', '{}{}', "{'a':1}", '\uFEFF\uFEFF{}', 'NaN', '\0', '{"a":"\n"}'])
    assert.equal(reasonOf(bytes(text)), 'not_json', JSON.stringify(text))
  for (const text of ['null', '1', '"{}"', 'true', '[]', '[{}]', '[['.repeat(50_000) + ']]'.repeat(50_000)])
    assert.equal(reasonOf(bytes(text)), 'not_object', text.slice(0, 20))
  for (const body of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0x7b, 0x7d, 0xe2, 0x82]])
    assert.equal(reasonOf(Uint8Array.from(body)), 'not_utf8', String(body))
})

test('a body that is a view of a larger buffer is read within its bounds', () => {
  const buffer = bytes('??{"a":1}??')
  const { json, a: value } = parsed(new Uint8Array(buffer.buffer, buffer.byteOffset + 2, 7))
  assert.equal(json.integer(value), 1)
  for (const end of [0, 1, 2, 3, 4, 5, 6]) {
    const cut = parseObject(new Uint8Array(buffer.buffer, buffer.byteOffset + 2, end))
    assert.equal('reject' in cut && cut.reject.reason, 'not_json')
  }
  const broken = Uint8Array.from([0x41, 0xff, 0xfe, 0x41]).subarray(1, 3)
  const rejected = parseObject(broken)
  assert.equal('reject' in rejected && rejected.reject.payload, '//4=')
})

/** The value of a node as `JSON.parse` gives it. */
function parsedValue(json: Json, node: Node): unknown {
  if (json.isObject(node))
    return Object.fromEntries([...json.members(node)].map(([name, value]) => [name, parsedValue(json, value)]))
  if (json.isArray(node)) return json.elements(node).map(element => parsedValue(json, element))
  if (json.isNumber(node)) return Number(json.json(node))
  return json.string(node) ?? json.boolean(node)
}

/** Checks that a JSON text is parsed as by `JSON.parse`. @returns whether it is JSON */
function isParsedAlike(text: string): boolean {
  const result = parseObject(bytes(`{"a":${text}}`))
  let expected: unknown
  try {
    expected = JSON.parse(`{"a":${text}}`, (_, value) => (typeof value === 'string' ? value.toWellFormed() : value))
  } catch {
    assert.equal('reject' in result && result.reject.reason, 'not_json', text)
    return false
  }
  assert.ok('json' in result, text)
  assert.deepEqual(parsedValue(result.json, result.root), expected, text)
  return true
}

test('what is JSON and what is not, at every border of the grammar, is decided as by JSON.parse', () => {
  const numbers = '0 -0 1 -1 10 01 -01 00 - -- + +1 .5 1. 1.0 1.5e 1e 1e5 1E+5 1e-5 1e+ 1e- 1e5.0 0e0 0.0 0x1 1_0 ∞ NaN'
  const words = 'true false null tru truee True nul nulll fals undefined t f n truefalse'
  const strings =
    '"" "x "\\" "\\"" "\\\\" "\\u0041" "\\u004" "\\u004g" "\\U0041" "\\x" "\\u" "\\\'" "\u007f" "\\/" x" \'x\''
  const brackets =
    '[] {} [ ] { } ] {}} [,] [1,] [,1] [1,,2] {,} {"a"} {"a":} {"a":1,} {:1} {1:1} {a:1} [} {] [[]]] {"a"1}'
  const all = [numbers, words, strings, brackets].flatMap(line => line.split(' '))
  all.push('', ' ', '1 2', '"\t"', '"\n"', '"\u001f"', '\v1', '\u00a01', '1\f', '/**/1')
  const valid = all.filter(isParsedAlike)
  assert.equal(
    valid.join(' '),
    '0 -0 1 -1 10 1.0 1e5 1E+5 1e-5 0e0 0.0 true false null "" "\\"" "\\\\" "\\u0041" "\u007f" "\\/" [] {}',
  )
})

test('any JSON, and any text of its characters, is parsed as by JSON.parse', () => {
  const pieces = fc.constantFrom(...'{}[]:,"\\ \n-+.eE01u9/', '\\u', '00e9', 'true', 'null', 'é', '"a":', '"b"', '[1]')
  const value = fc.json({ maxDepth: 5, stringUnit: codePoint })
  const edited = fc.tuple(value, fc.nat(), fc.nat(3), pieces).map(([text, place, removed, inserted]) => {
    const at = place % (text.length + 1)
    return text.slice(0, at) + inserted + text.slice(at + removed)
  })
  const noise = fc.array(pieces, { maxLength: 12 }).map(parts => parts.join(''))
  let valid = 0
  fc.assert(
    fc.property(fc.oneof(value, edited, noise), text => {
      if (isParsedAlike(text.toWellFormed())) valid++
    }),
    { numRuns: 5000 },
  )
  assert.ok(valid > 1000)
})

test('a document does not depend on those parsed before', () => {
  for (const text of ['"\\n"', '{"a":{"a":"\\n"},"a":[1,{"a":2}]}', '[', '{"a', '{"\\u0061', '[{"a":1}, x'])
    for (const next of ['1', '{"a":"b"}', '{"b":{}}', '[[],"x"]']) {
      parseObject(bytes(text))
      isParsedAlike(next)
    }
})

test('a document expires when the next one is parsed, also where that is not JSON: every read of it throws', () => {
  for (const next of ['{"b":[1]}', '', '{', '[1']) {
    const { json, root, a: value } = a('{"b":"text"}')
    assert.equal(json.string(json.at(value, 'b')), 'text')
    parseObject(bytes(next))
    const reads: readonly (() => unknown)[] = [
      ...[() => json.kind(root), () => json.isNothing(root), () => json.isObject(root), () => json.isString(value)],
      ...[() => json.at(root, 'a'), () => json.at(root, 'a', 'b'), () => json.members(root), () => json.elements(root)],
      ...[() => json.forEachMember(root, () => {}), () => json.is(value, 'x'), () => json.boolean(value)],
      ...[() => json.text(value), () => json.string(value), () => json.digits(value), () => json.epochSeconds(value)],
      ...[() => json.integer(value), () => json.double(value), () => json.json(value), () => json.slice(value)],
      ...[() => json.start(value), () => json.end(value), () => json.kind(NOWHERE)],
    ]
    for (const read of reads) assert.throws(read, /expired/, String(read))
  }
})

test('a document of a million values is parsed, and smaller ones after it', () => {
  const text = `[${'[0],'.repeat(500_000)}0]`
  const { json, a: value } = a(text)
  assert.equal(json.elements(value).length, 500_001)
  assert.ok(isParsedAlike('{"a":["b"]}'))
  const tape = parseTape(bytes('[0]'), 0)
  assert.ok(tape && tape.nodes.length < 10_000, 'the large tape was released')
})
