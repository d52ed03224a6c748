import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatsOf, languageOf } from './language.ts'
import { WORDS } from './words.ts'

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
})
