import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type Cut, JsonTree, withoutCuts } from './json-cuts.ts'

/** A copy of the value without the items and members that are "CUT". */
function without(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter(item => item !== 'CUT').map(without)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== 'CUT')
      .map(([key, item]) => [key, without(item)]),
  )
}

function parse(text: string): JsonTree {
  return JsonTree.parse(Buffer.from(text)) ?? assert.fail(`not JSON: ${text}`)
}

/** The text without its values "CUT", or without what `cutsOf` gives. */
function cut(text: string, cutsOf = (tree: JsonTree): Cut[] => marked(tree)): string {
  const tree = parse(text)
  return Buffer.from(withoutCuts(tree, cutsOf(tree))).toString()
}

const marked = ({ json, nodes }: JsonTree) =>
  nodes.filter(node => json.end(node) - json.start(node) === 5 && json.json(node) === '"CUT"').map(node => ({ node }))

describe('cutting values out of JSON text', () => {
  test('gives the same document without them, whatever its values and white space', () => {
    const { document } = fc.letrec(tie => ({
      document: fc.oneof({ maxDepth: 4 }, fc.array(tie('value')), fc.dictionary(fc.string(), tie('value'))),
      value: fc.oneof({ maxDepth: 4 }, fc.constant('CUT'), fc.constant('CUT'), fc.jsonValue(), tie('document')),
    }))
    fc.assert(
      fc.property(document, fc.constantFrom(0, 1, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        assert.deepEqual(JSON.parse(cut(text)), without(JSON.parse(text)))
      }),
    )
  })

  test('keeps every other character: escape sequences, digits, white space, repeated names', () => {
    const text = '\ufeff { "a" : [ "CUT" , 1.50, "\\u00e9\\/" ,"CUT"], "a":"CUT" , "n": 12345678901234567890 }\n'
    assert.equal(cut(text), '\ufeff { "a" : [ 1.50, "\\u00e9\\/"] , "n": 12345678901234567890 }\n')
  })

  test('cuts all values of an object or array, and replaces a value', () => {
    const text = '[{"a":"CUT","b":"CUT"}, "CUT"]'
    assert.equal(cut(text), '[{}]')
    const replaced = cut(text, tree => {
      const [node] = tree.children(tree.root)
      return node === undefined ? [] : [{ node, replacement: '{}' }]
    })
    assert.equal(replaced, '[{}, "CUT"]')
  })

  test('knows the parent and the name of every value', () => {
    const tree = parse(' {"a": [1, {"\\u0062": {}}, []], "a": "x", "": null}')
    const { json, nodes } = tree
    assert.deepEqual(
      nodes.map(node => [json.json(node), json.json(tree.parent(node)), tree.name(node), tree.isElement(node)]),
      [
        [json.json(tree.root), '', null, false],
        ['[1, {"\\u0062": {}}, []]', json.json(tree.root), 'a', false],
        ['1', '[1, {"\\u0062": {}}, []]', null, true],
        ['{"\\u0062": {}}', '[1, {"\\u0062": {}}, []]', null, true],
        ['{}', '{"\\u0062": {}}', 'b', false],
        ['[]', '[1, {"\\u0062": {}}, []]', null, true],
        ['"x"', json.json(tree.root), 'a', false],
        ['null', json.json(tree.root), '', false],
      ],
    )
  })

  test('refuses what is not JSON', () => {
    for (const body of [Buffer.from(''), Buffer.from('{'), Buffer.from('{}{}'), Buffer.from([0x22, 0xff, 0x22])])
      assert.equal(JsonTree.parse(body), null)
  })

  test('cuts at any depth', () => {
    const text = `${'['.repeat(1e5)}"CUT"${']'.repeat(1e5)}`
    assert.equal(cut(text), `${'['.repeat(1e5)}${']'.repeat(1e5)}`)
  })
})
