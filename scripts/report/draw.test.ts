import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Drawing, draw, type Scale } from './draw.ts'

const scale: Scale = { format: String, step: atLeast => Math.max(1, Math.ceil(atLeast)) }
const labels = (count: number) => Array.from({ length: count }, (_, i) => `label ${i}`)
const values = (count: number) => Array.from({ length: count }, (_, i) => i)
const series = (count: number) => ({ name: 's', color: 'var(--s1)', values: values(count) })
const bar = (label: string, value: number) => ({ label, value, parts: [{ color: 'var(--s1)', value }] })

const drawings: Readonly<Record<string, Drawing>> = {
  'a ranking': { kind: 'ranking', bars: [bar('Ana', 5), bar('Bia', 0)] },
  'one column': { kind: 'columns', labels: ['x'], layers: [series(1)] },
  '1500 columns in two layers': { kind: 'columns', labels: labels(1500), layers: [series(1500), series(1500)] },
  'a line of one point': { kind: 'lines', labels: ['x'], lines: [{ ...series(1), mean: [] }] },
  'a line without values': { kind: 'lines', labels: ['x'], lines: [{ ...series(1), values: [null], mean: [null] }] },
  'a line of 1500 points with its average': {
    kind: 'lines',
    labels: labels(1500),
    lines: [{ ...series(1500), mean: values(1500) }],
  },
  'a heatmap': {
    kind: 'heatmap',
    color: 'var(--s1)',
    columns: labels(24),
    rows: labels(2),
    values: [values(24), values(24)],
  },
}

describe('draw', () => {
  for (const [name, drawing] of Object.entries(drawings)) {
    it(`draws ${name} at phone and page width`, () => {
      for (const width of [312, 1072]) {
        const svg = draw(drawing, width, scale)
        assert.match(svg, new RegExp(`^<svg [^>]*viewBox="0 0 ${width} \\d+"`))
        assert.doesNotMatch(svg, /NaN|undefined|Infinity|<style|="-\d+(\.\d+)?" (width|height)|(width|height)="-/)
      }
    })
  }

  it('escapes, isolates and truncates people’s text', () => {
    const long = `<script>alert(1)</script>\n${'🦋'.repeat(200)}`
    const svg = draw({ kind: 'ranking', bars: [bar(long, 1), bar('\u202eعربي\u0000', 1)] }, 504, scale)
    assert.match(svg, /\u2068&lt;script&gt;alert\(1\)&lt;\/script&gt; 🦋+…\u2069/u)
    assert.match(svg, /\u2068عربي\ufffd\u2069/)
    assert.doesNotMatch(svg, /<script/)
    const number = draw({ kind: 'ranking', bars: [bar('a x="3.14159"', 1)] }, 312, scale)
    assert.match(number, /\u2068a x="3.14159"\u2069/)
  })

  it('writes the number above each of the highest columns, where it fits', () => {
    const numbers = (count: number, width: number) => {
      const layers = [{ ...series(count), values: labels(count).map((_, i) => (i % 2 === 0 ? 77 : 1)) }]
      return draw({ kind: 'columns', labels: labels(count), layers }, width, scale).match(/>77</g)?.length
    }
    assert.equal(numbers(24, 1072), 12)
    assert.equal(numbers(7, 312), 4)
    assert.ok((numbers(1500, 312) ?? 0) < 20)
  })

  it('shows as many of the labels as fit', () => {
    const months = Array.from({ length: 600 }, (_, i) => (i % 30 === 15 ? `month ${(i - 15) / 30}` : ''))
    const svg = draw({ kind: 'lines', labels: months, lines: [{ ...series(600), mean: [] }] }, 312, scale)
    assert.deepEqual(svg.match(/(?<=>)month \d+/g), ['month 0', 'month 6', 'month 12', 'month 18'])
  })
})
