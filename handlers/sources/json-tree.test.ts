import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type Node, nodesOf, parseTree, withoutCuts } from './json-tree.ts'

/** The value without the marked ones, as one who works on values would make it. */
function without(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter(item => item !== 'CUT').map(without)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== 'CUT')
      .map(([key, item]) => [key, without(item)]),
  )
}

const marked = (text: string, root: Node) =>
  [...nodesOf(root)].filter(node => text.slice(node.start, node.end) === '"CUT"').map(node => ({ node }))

describe('cutting values out of JSON text', () => {
  test('gives the document that lacks them, whatever it is and however it is spaced', () => {
    const { document } = fc.letrec(tie => ({
      document: fc.oneof({ maxDepth: 4 }, fc.array(tie('value')), fc.dictionary(fc.string(), tie('value'))),
      value: fc.oneof({ maxDepth: 4 }, fc.constant('CUT'), fc.constant('CUT'), fc.jsonValue(), tie('document')),
    }))
    fc.assert(
      fc.property(document, fc.constantFrom(0, 1, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        const root = parseTree(text)
        assert.deepEqual(JSON.parse(withoutCuts(text, root, marked(text, root))), without(JSON.parse(text)))
      }),
    )
  })

  test('keeps every other character: escapes, digits, spaces, repeated names', () => {
    const text = '\ufeff { "a" : [ "CUT" , 1.50, "\\u00e9\\/" ,"CUT"], "a":"CUT" , "n": 12345678901234567890 }\n'
    const root = parseTree(text)
    assert.equal(
      withoutCuts(text, root, marked(text, root)),
      '\ufeff { "a" : [ 1.50, "\\u00e9\\/"] , "n": 12345678901234567890 }\n',
    )
  })

  test('all of them, and one in place of another', () => {
    const text = '[{"a":"CUT","b":"CUT"}, "CUT"]'
    const root = parseTree(text)
    assert.equal(withoutCuts(text, root, marked(text, root)), '[{}]')
    const [node] = root.children
    assert.equal(withoutCuts(text, root, node ? [{ node, instead: '{}' }] : []), '[{}, "CUT"]')
  })

  test('any depth', () => {
    const text = `${'['.repeat(1e5)}"CUT"${']'.repeat(1e5)}`
    const root = parseTree(text)
    assert.equal(withoutCuts(text, root, marked(text, root)), `${'['.repeat(1e5)}${']'.repeat(1e5)}`)
  })
})
