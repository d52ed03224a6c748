import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Drawing, draw, type Scale } from './draw.ts'

const scale: Scale = { format: String, step: least => Math.max(1, Math.ceil(least)) }
const labels = (count: number) => Array.from({ length: count }, (_, i) => `label ${i}`)
const values = (count: number) => Array.from({ length: count }, (_, i) => i)
const series = (count: number) => ({ name: 's', color: 'var(--s1)', values: values(count) })
const bar = (label: string, value: number) => ({ label, value, parts: [{ color: 'var(--s1)', value }] })

const drawings: Readonly<Record<string, Drawing>> = {
  'a ranking': { kind: 'ranking', bars: [bar('Ana', 5), bar('Bia', 0)] },
  'a column alone': { kind: 'columns', labels: ['x'], layers: [series(1)] },
  'columns of years of days': { kind: 'columns', labels: labels(1500), layers: [series(1500), series(1500)] },
  'a line of one day': { kind: 'lines', labels: ['x'], lines: [{ ...series(1), mean: [] }] },
  'a line of nothing': { kind: 'lines', labels: ['x'], lines: [{ ...series(1), values: [null], mean: [null] }] },
  'lines of years': { kind: 'lines', labels: labels(1500), lines: [{ ...series(1500), mean: values(1500) }] },
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
    it(`${name}, at the width of a phone and of a page`, () => {
      for (const width of [312, 1072]) {
        const svg = draw(drawing, width, scale)
        assert.match(svg, new RegExp(`^<svg [^>]*viewBox="0 0 ${width} \\d+"`))
        assert.doesNotMatch(svg, /NaN|undefined|Infinity|<style|="-\d+(\.\d+)?" (width|height)|(width|height)="-/)
      }
    })
  }

  it('writes people’s text as text, in an isolate of its own and cut to the room there is', () => {
    const long = `<script>alert(1)</script>\n${'🦋'.repeat(200)}`
    const svg = draw({ kind: 'ranking', bars: [bar(long, 1), bar('\u202eعربي\u0000', 1)] }, 504, scale)
    assert.match(svg, /\u2068&lt;script&gt;alert\(1\)&lt;\/script&gt; 🦋+…\u2069/u)
    assert.match(svg, /\u2068عربي\ufffd\u2069/)
    assert.doesNotMatch(svg, /<script/)
    const number = draw({ kind: 'ranking', bars: [bar('a x="3.14159"', 1)] }, 312, scale)
    assert.match(number, /\u2068a x="3.14159"\u2069/)
  })

  it('writes the number of each of the longest columns, where there is room', () => {
    const numbers = (count: number, width: number) => {
      const layers = [{ ...series(count), values: labels(count).map((_, i) => (i % 2 === 0 ? 77 : 1)) }]
      return draw({ kind: 'columns', labels: labels(count), layers }, width, scale).match(/>77</g)?.length
    }
    assert.equal(numbers(24, 1072), 12)
    assert.equal(numbers(7, 312), 4)
    assert.ok((numbers(1500, 312) ?? 0) < 20)
  })

  it('names some of the places that have a name, and no other', () => {
    const months = Array.from({ length: 600 }, (_, i) => (i % 30 === 15 ? `month ${(i - 15) / 30}` : ''))
    const svg = draw({ kind: 'lines', labels: months, lines: [{ ...series(600), mean: [] }] }, 312, scale)
    assert.deepEqual(svg.match(/(?<=>)month \d+/g), ['month 0', 'month 6', 'month 12', 'month 18'])
  })
})
