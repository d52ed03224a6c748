import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { updatesIn } from './updates.ts'

/** The texts of the slices, or null. */
const split = (file: string | Uint8Array) =>
  updatesIn(Buffer.from(file))?.map(slice => Buffer.from(slice).toString()) ?? null

const A = '{"update_id":1,"message":{"text":"caf\\u00e9 \\/ 🍰","n":1.50}}'
const B = '{ "poll" : {"id":"5"} ,\t"update_id" : 2 }'

describe('updatesIn splits a dump of getUpdates', () => {
  const cases: Readonly<Record<string, readonly [file: string, updates: readonly string[]]>> = {
    'an answer': [`{"ok":true,"result":[${A},${B}]}`, [A, B]],
    'an answer with other members before and after, and with spaces': [
      ` { "date":5, "result" : [ ${A} ,\r\n ${B} ] , "ok" : true }\n`,
      [A, B],
    ],
    'an answer without ok': [`{"result":[${A}]}`, [A]],
    'an answer without updates': ['{"ok":true,"result":[]}', []],
    'a list': [`[${A},${B}]`, [A, B]],
    'a list of one update': [`[${A}]`, [A]],
    'an empty list': ['[]', []],
    'a file with a byte order mark': [`\ufeff[${A},${B}]`, [A, B]],
    'lines of updates': [`${A}\n${B}\n`, [A, B]],
    'lines with blank lines, CRLF and spaces': [`\n${A}  \r\n \r\n\t${B}`, [A, B]],
    'lines of answers and of lists': [`{"ok":true,"result":[${A}]}\n[${B},${A}]\n{"ok":true,"result":[]}`, [A, B, A]],
    'lines of updates and answers': [`${A}\n{"ok":true,"result":[${B}]}`, [A, B]],
    'the same update twice': [`[${A},${A}]`, [A, A]],
    'an update with members named as those of an answer': [
      '[{"update_id":3,"ok":true,"result":[{"update_id":4}]}]',
      ['{"update_id":3,"ok":true,"result":[{"update_id":4}]}'],
    ],
  }
  for (const [what, [file, updates]] of Object.entries(cases)) test(what, () => assert.deepEqual(split(file), updates))

  test('a slice shares the memory of the file: nothing is copied or serialised', () => {
    const file = Buffer.from(`{"ok":true,"result":[${A}]}`)
    const [slice] = updatesIn(file) ?? []
    assert.deepEqual([slice?.buffer, slice?.byteOffset], [file.buffer, file.byteOffset + file.indexOf(A)])
  })

  test('any updates in any of the forms: the same bytes', () => {
    const update = fc
      .tuple(fc.integer(), fc.jsonValue(), fc.constantFrom(undefined, 1, '\t'))
      .map(([update_id, message, indent]) => ({ update_id, message, indent }))
    return fc.assert(
      fc.property(fc.array(update, { minLength: 2 }), updates => {
        const pretty = updates.map(({ indent, ...update }) => JSON.stringify(update, null, indent))
        const compact = updates.map(({ indent, ...update }) => JSON.stringify(update))
        assert.deepEqual(split(`[${pretty.join(' ,\n')}]`), pretty)
        assert.deepEqual(split(`{"ok":true,"result":[${pretty.join()}]}`), pretty)
        assert.deepEqual(split(compact.join('\n')), compact)
      }),
    )
  })
})

describe('updatesIn returns null for a file that is one delivery', () => {
  const files: Readonly<Record<string, string | Uint8Array>> = {
    'an update': A,
    'an update on several lines': JSON.stringify(JSON.parse(A), null, 2),
    'an update with a line feed at its end': `${A}\n`,
    'an update that names itself an answer': '{"update_id":1,"ok":true,"result":[]}',
    'an object that is neither': '{"message":{}}',
    'a string': '"text"',
    'an empty file': '',
    'blank lines': '\n\n',
    'no JSON': 'hello\nworld',
    'numbers on lines': '1\n2',
    'JSON that breaks off, on several lines': '{\n  "update_id": 1,\n  "mess',
    'bytes that are not UTF-8': Buffer.from([0x5b, 0xff, 0x5d]),
  }
  for (const [what, file] of Object.entries(files)) test(what, () => assert.equal(split(file), null))
})

describe('updatesIn refuses', () => {
  const files: Readonly<Record<string, readonly [file: string, message: string]>> = {
    'an error of Telegram': [
      '{"ok":false,"error_code":409,"description":"Conflict: terminated by other getUpdates request"}',
      'an answer of Telegram without a list of updates: Conflict: terminated by other getUpdates request',
    ],
    'an answer of another method': ['{"ok":true,"result":true}', 'an answer of Telegram without a list of updates'],
    'a list whose item is no update': [`[${A},{"message":{}}]`, 'item 2 has no update_id'],
    'a list whose item is no object': [`[${A},${B},7]`, 'item 3 has no update_id'],
    'an answer whose item has an update_id that is a string': [
      '{"ok":true,"result":[{"update_id":"1"}]}',
      'item 1 has no update_id',
    ],
    'lines of which one is not JSON': [`${A}\n\n${B}\n{"update_id":3`, 'line 4 is not JSON'],
    'lines of which one is no update': [`${A}\n{"message":{}}`, 'line 2 has no update_id'],
    'lines of which one is a number': [`${A}\n7`, 'line 2 has no update_id'],
    'lines of which one is an error': [
      `${A}\n{"ok":false,"description":"Unauthorized"}`,
      'line 2: an answer of Telegram without a list of updates: Unauthorized',
    ],
    'lines of which one is a list with an item that is no update': [
      `${A}\n[${B},{}]`,
      'line 2: item 2 has no update_id',
    ],
  }
  for (const [what, [file, message]] of Object.entries(files))
    test(what, () => assert.throws(() => split(file), new Error(message)))
})
