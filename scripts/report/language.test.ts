import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { sources } from '../../handlers/sources/index.ts'
import { savedQueries } from '../../sql/catalog.ts'
import { type Expected, expectedFile } from '../query/testing/golden-expected.ts'
import { formatsOf, languageOf } from './language.ts'
import { WORDS } from './translations.ts'

describe('the language of a report', () => {
  it('is that of LANG where it is spoken, and else English', () => {
    for (const lang of ['pt_BR.UTF-8', 'pt_PT', 'pt', 'PT']) assert.equal(languageOf(lang), 'pt', lang)
    for (const lang of ['en_US.UTF-8', 'C', 'de_DE', '', undefined]) assert.equal(languageOf(lang), 'en', lang)
  })

  it('writes numbers, days and times its way', () => {
    const [pt, en] = [formatsOf('pt'), formatsOf('en')]
    assert.deepEqual([pt.number(1234.56), en.number(1234.56)], ['1.234,6', '1,234.6'])
    assert.deepEqual([pt.percent(0.0123), en.percent(0.42)], ['1,2%', '42%'])
    assert.deepEqual([pt.weekday(7, 'long'), pt.weekday(6, 'short'), en.weekday(1, 'short')], ['domingo', 'sáb', 'Mon'])
    assert.deepEqual([pt.date('2026-11-09', 'short'), en.date('2026-11-09', 'short')], ['9 nov', 'Nov 9'])
    assert.equal(pt.period('2026-11-09', '2026-11-15').replace(/\s/g, ' '), '9 – 15 de novembro de 2026')
    assert.deepEqual([pt.duration(90), en.duration(7200), en.duration(0)], ['1,5 min', '2 hr', '0 sec'])
  })

  it('tells an instant by the clock of the lake', () => {
    const instant = Date.parse('2026-11-16T02:30:00Z')
    assert.match(formatsOf('pt').instant(instant, 'America/Sao_Paulo'), /^15 de novembro de 2026.* 23:30$/)
    assert.match(formatsOf('en').instant(instant, 'Asia/Tokyo'), /^November 16, 2026.* 11:30\sAM$/)
  })

  it('has a word of its own only for what the lake itself says', () => {
    assert.equal(WORDS.pt.value('reason', 'not_json'), 'não é JSON')
    assert.equal(WORDS.pt.value('name', 'text'), 'text')
    for (const name of ['__proto__', 'constructor', 'toString']) {
      assert.equal(WORDS.pt.value('type', name), name)
      assert.equal(WORDS.en.chartTitle(name), undefined)
    }
  })

  it('has a word for whatever a saved query shows, in Portuguese of its own', () => {
    const missing = (what: string, word: string | undefined, name: string) =>
      word === undefined || word === name.replaceAll('_', ' ') ? [`${what} ${name}`] : []
    const drawn = savedQueries().filter(({ chart }) => chart !== undefined)
    const columns = drawn.flatMap(({ name }) => {
      const { columns }: Expected = JSON.parse(readFileSync(expectedFile(name), 'utf8'))
      return columns.map(column => column.split(' ')[0] ?? '')
    })
    const titles = drawn.map(({ name }) =>
      name.replace(new RegExp(`^(?:${sources.map(({ name }) => name).join('|')})-`), ''),
    )
    assert.deepEqual(
      [
        ...columns.flatMap(name => missing('column', WORDS.pt.column(name), name)),
        ...titles.flatMap(name => missing('title', WORDS.pt.chartTitle(name), name)),
        ...deliveredWords().flatMap(([column, name]) => missing(column, WORDS.pt.value(column, name), name)),
      ],
      [],
    )
    for (const name of columns) assert.doesNotMatch(WORDS.en.column(name), /_/)
    for (const name of titles) assert.ok(WORDS.en.chartTitle(name), name)
    for (const [column, name] of deliveredWords()) assert.doesNotMatch(WORDS.en.value(column, name), /_/)
  })

  it('says of a message without a file that it has none', () => {
    assert.deepEqual([WORDS.pt.none('media_type'), WORDS.en.none('media_type')], ['(sem arquivo)', '(no file)'])
    assert.deepEqual([WORDS.pt.none('name'), WORDS.en.none('name')], ['(sem valor)', '(none)'])
  })
})

/** The words of the platforms and the lake that stand in the fixtures' rows, as [column, word]. */
function deliveredWords(): [string, string][] {
  const words = sources.flatMap(({ name: source }) => {
    const directory = new URL(`../../fixtures/${source}/`, import.meta.url)
    const files = readdirSync(directory).filter(file => file.endsWith('.rows.json'))
    return files.flatMap(file => {
      const expected: Fixture = JSON.parse(readFileSync(new URL(file, directory), 'utf8'))
      return [
        ['platform', source],
        ...expected.quarantined.map(({ reason }) => ['reason', reason]),
        ...expected.rows.flatMap(({ type, chat_type, media_type }) => [
          ['type', type ?? (source === 'telegram' ? media_type : undefined)],
          ['chat_type', chat_type],
        ]),
      ]
    })
  })
  return words.flatMap(([column, word]) => (column && word && !INVENTED.has(word) ? [[column, word]] : []))
}

interface Fixture {
  readonly rows: readonly { type?: string | null; chat_type?: string | null; media_type?: string | null }[]
  readonly quarantined: readonly { reason: string }[]
}

/** Types that no platform has, in fixtures of what may come. */
const INVENTED = new Set(['constructor', '__proto__', 'toString', 'hologram'])
