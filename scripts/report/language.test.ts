import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { sources } from '../../handlers/sources/index.ts'
import { savedQueries } from '../../sql/catalog.ts'
import { expectedColumns } from '../query/testing/query-fixtures.ts'
import { formatsOf, LANGUAGES, languageOf } from './language.ts'
import { translationsOf } from './translations.ts'

const TRANSLATIONS = { pt: translationsOf('pt'), en: translationsOf('en') }

describe('report language', () => {
  it('follows LANG when supported and is English otherwise', () => {
    for (const lang of ['pt_BR.UTF-8', 'pt_PT', 'pt', 'PT']) assert.equal(languageOf(lang), 'pt', lang)
    for (const lang of ['en_US.UTF-8', 'C', 'de_DE', '', undefined]) assert.equal(languageOf(lang), 'en', lang)
  })

  it('formats numbers, days and durations', () => {
    const [pt, en] = [formatsOf('pt'), formatsOf('en')]
    assert.deepEqual([pt.number(1234.56), en.number(1234.56)], ['1.234,6', '1,234.6'])
    assert.deepEqual([pt.percent(0.0123), en.percent(0.42)], ['1,2%', '42%'])
    assert.deepEqual([pt.weekday(7, 'long'), pt.weekday(6, 'short'), en.weekday(1, 'short')], ['domingo', 'sáb', 'Mon'])
    assert.deepEqual([pt.date('2026-11-09', 'short'), en.date('2026-11-09', 'short')], ['9 nov', 'Nov 9'])
    assert.equal(pt.period('2026-11-09', '2026-11-15').replace(/\s/g, ' '), '9 – 15 de novembro de 2026')
    assert.deepEqual([pt.duration(90), en.duration(7200), en.duration(0)], ['1,5 min', '2 hr', '0 sec'])
  })

  it('formats an instant in the time zone of the lake', () => {
    const instant = Date.parse('2026-11-16T02:30:00Z')
    assert.match(formatsOf('pt').instant(instant, 'America/Sao_Paulo'), /^15 de novembro de 2026.* 23:30$/)
    assert.match(formatsOf('en').instant(instant, 'Asia/Tokyo'), /^November 16, 2026.* 11:30\sAM$/)
  })

  it('translates only values that the lake or a platform defines', () => {
    assert.equal(TRANSLATIONS.pt.valueName('reason', 'not_json'), 'não é JSON')
    assert.equal(TRANSLATIONS.pt.valueName('name', 'text'), 'text')
    for (const name of ['__proto__', 'constructor', 'toString']) {
      assert.equal(TRANSLATIONS.pt.valueName('type', name), name)
      assert.equal(TRANSLATIONS.en.chartTitle(name), undefined)
    }
  })

  it('translates every column, title and defined value of the saved queries into Portuguese', () => {
    const missing = (what: string, translation: string | undefined, name: string) =>
      translation === undefined || translation === name.replaceAll('_', ' ') ? [`${what} ${name}`] : []
    const queries = savedQueries().filter(({ chart }) => chart !== undefined)
    const columns = queries.flatMap(({ name }) => expectedColumns(name).map(column => column.split(' ')[0] ?? ''))
    const titles = queries.map(({ name }) =>
      name.replace(new RegExp(`^(?:${sources.map(({ name }) => name).join('|')})-`), ''),
    )
    assert.deepEqual(
      [
        ...columns.flatMap(name => missing('column', TRANSLATIONS.pt.columnName(name), name)),
        ...titles.flatMap(name => missing('title', TRANSLATIONS.pt.chartTitle(name), name)),
        ...definedValues().flatMap(([column, name]) => missing(column, TRANSLATIONS.pt.valueName(column, name), name)),
      ],
      [],
    )
    for (const name of columns) assert.doesNotMatch(TRANSLATIONS.en.columnName(name), /_/)
    for (const name of titles) assert.ok(TRANSLATIONS.en.chartTitle(name), name)
    for (const [column, name] of definedValues()) assert.doesNotMatch(TRANSLATIONS.en.valueName(column, name), /_/)
  })

  it('translates a value that platforms share in one way', () => {
    for (const language of LANGUAGES) {
      const all = translationsOf(language)
      for (const { name, translations } of sources) {
        const own = translations[language]
        for (const [value, text] of Object.entries(own.values))
          assert.equal(all.valueName('type', value), text, `${value} of ${name}`)
        for (const [column, text] of Object.entries(own.columns ?? {}))
          assert.equal(all.columnName(column), text, `${column} of ${name}`)
        for (const [query, title] of Object.entries(own.titles ?? {}))
          assert.equal(all.chartTitle(query), title, `${query} of ${name}`)
        assert.equal(all.valueName('source', name), own.name)
      }
    }
  })

  it('labels a missing file differently from other missing values', () => {
    assert.deepEqual(
      [TRANSLATIONS.pt.noValue('media_type'), TRANSLATIONS.en.noValue('media_type')],
      ['(sem arquivo)', '(no file)'],
    )
    assert.deepEqual([TRANSLATIONS.pt.noValue('name'), TRANSLATIONS.en.noValue('name')], ['(sem valor)', '(none)'])
  })
})

/** The platform-defined values in the expected rows of the fixtures, as [column, value]. */
function definedValues(): [string, string][] {
  const values = sources.flatMap(({ name: source }) => {
    const directory = new URL(`../../fixtures/${source}/`, import.meta.url)
    const files = readdirSync(directory).filter(file => file.endsWith('.expected.json'))
    return files.flatMap(file => {
      const expected: Fixture = JSON.parse(readFileSync(new URL(file, directory), 'utf8'))
      return [
        ['platform', source],
        ...expected.quarantined.map(({ reason }) => ['reason', reason]),
        ...(expected.rows[source] ?? []).flatMap(({ type, chat_type, media_type }) => [
          ['type', source === 'telegram' ? media_type : type],
          ['chat_type', chat_type],
        ]),
      ]
    })
  })
  return values.flatMap(([column, value]) => (column && value && !INVENTED.has(value) ? [[column, value]] : []))
}

interface Fixture {
  readonly rows: Readonly<
    Record<string, readonly { type?: string | null; chat_type?: string | null; media_type?: string | null }[]>
  >
  readonly quarantined: readonly { reason: string }[]
}

/** Types that no platform defines, used by fixtures of unknown types. */
const INVENTED = new Set(['constructor', '__proto__', 'toString', 'hologram'])
