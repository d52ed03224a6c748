import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { tables } from '../../handlers/sources/tables.ts'
import { savedQueries } from '../../sql/catalog.ts'
import { openDuckDb } from '../query/duckdb.ts'
import { buildReport } from './build-report.ts'
import { findChromium, launchChromium } from './testing/chromium.ts'
import { HOSTILE, hostileLake } from './testing/hostile-lake.ts'

/*
 * Opens the report in Chromium. Without Chromium, these tests are skipped on a developer's machine and fail when
 * CI=true. The environment variable SCREENSHOTS names a directory for the screenshots of the whole page.
 */

const executable = findChromium()
const isLaptop = process.env.CI !== 'true'
if (!executable && isLaptop)
  process.stderr.write(
    '\n!!! SKIPPED: the tests that open the report, because Chromium is missing (.ci/install-chromium)\n\n',
  )

describe('the report in Chromium', { skip: !executable && isLaptop ? 'Chromium is missing' : false }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'chatlake-'))
  const screenshots = process.env.SCREENSHOTS || directory
  const file = join(directory, 'report.html')
  let browser: Browser | undefined

  before(async () => {
    assert.ok(executable, 'Chromium is missing: run .ci/install-chromium, or set CHROMIUM to its path')
    mkdirSync(screenshots, { recursive: true })
    const engine = await openDuckDb(await hostileLake(join(directory, 'lake')), tables)
    const settings = {
      language: 'pt',
      timeZone: 'America/Sao_Paulo',
      generatedAt: Date.parse('2026-11-22T12:00:00Z'),
    } as const
    writeFileSync(file, await buildReport(engine, { queries: savedQueries(), ...settings }))
    await engine.close()
    browser = await launchChromium(executable)
  })
  after(async () => {
    await browser?.close()
    rmSync(directory, { recursive: true })
  })

  /** The opened reports, by their options: opening one takes a second. A test leaves its page as it found it. */
  const opened = new Map<string, ReturnType<typeof openNew>>()
  const open = ({ width = 1280, dark = false } = {}) => {
    const key = `${width} ${dark}`
    const existing = opened.get(key) ?? openNew(width, dark)
    opened.set(key, existing)
    return existing
  }

  /** Opens the report. Collects console messages, errors, dialogs and requests other than for the file itself. */
  async function openNew(width: number, dark: boolean) {
    assert.ok(browser)
    const page = await browser.newPage({
      viewport: { width, height: 900 },
      colorScheme: dark ? 'dark' : 'light',
    })
    const complaints: string[] = []
    page.on('console', message => complaints.push(message.text()))
    page.on('pageerror', error => complaints.push(error.message))
    page.on('dialog', dialog => complaints.push(dialog.message()))
    page.on('request', request => {
      if (request.url() !== pathToFileURL(file).href) complaints.push(request.url())
    })
    await page.goto(pathToFileURL(file).href, { waitUntil: 'load' })
    return { page, complaints }
  }

  const number = (page: Page, script: string) => page.evaluate<number>(script)

  for (const [name, options] of Object.entries({
    light: { width: 1280 },
    dark: { width: 1280, dark: true },
    tablet: { width: 800 },
    phone: { width: 360 },
  })) {
    it(`${name}: shows every chart without complaints or horizontal scrolling`, async () => {
      const { page, complaints } = await open(options)
      const boxes = await page.evaluate<{ id: string; x: number; width: number; height: number }[]>(VISIBLE_CHARTS)
      const names = await page.locator('figure').evaluateAll(figures => figures.map(({ id }) => id))
      assert.ok(names.length > 30, `${names.length} charts`)
      assert.deepEqual(
        boxes.map(({ id }) => id),
        names,
      )
      for (const { id, x, width, height } of boxes)
        assert.ok(width > 250 && height > 30 && x >= 0 && x + width <= options.width, `${id}: ${width} × ${height}`)
      // opened tables show people's longest texts
      await page.evaluate('for (const details of document.querySelectorAll("details")) details.open = true')
      assert.equal(await number(page, 'document.documentElement.scrollWidth'), options.width)
      await page.evaluate('for (const details of document.querySelectorAll("details")) details.open = false')
      await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: screenshots !== directory })
      assert.deepEqual(complaints, [])
    })
  }

  it('shows hostile names as text', async () => {
    const { page, complaints } = await open()
    assert.match(await page.title(), /^Relatório de conversas · 1/)
    const cells = await page.locator('#telegram-per-user tbody tr td:first-child').allTextContents()
    const shown = HOSTILE.map((name, i) => (name === '' ? String(i + 1) : name.replace('\u0007', '\ufffd')))
    assert.deepEqual(cells, shown)
    const labels = await page.locator('#telegram-per-user .half text').allTextContents()
    assert.ok(labels.some(label => label.includes('<script>document.title = "broken"</script>')))
    assert.ok(labels.some(label => label.includes('🇧🇷 Lari 🦋👩‍👩‍👧')))
    assert.equal(await page.locator('script, img, h3 b, figure a').count(), 0)
    assert.deepEqual(complaints, [])
  })

  it('has a text contrast of at least 4.5 in light and dark', async () => {
    for (const dark of [false, true]) {
      const { page } = await open({ dark })
      for (const selector of ['h1', '.period', '.finding', '.note', 'summary', '.badge', '.headlines dt', 'footer p']) {
        const ratios = await page.evaluate<number[]>(`(${CONTRASTS})(${JSON.stringify(selector)})`)
        assert.ok(ratios.length > 0, selector)
        assert.ok(Math.min(...ratios) >= 4.5, `${selector} ${dark ? 'dark' : 'light'}: ${Math.min(...ratios)}`)
      }
    }
  })

  it('prints in light colors, without page breaks inside charts', async () => {
    const { page } = await open({ dark: true })
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
    assert.equal(await page.evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(255, 255, 255)')
    const figures = 'document.querySelectorAll("figure").length'
    const unbroken =
      '[...document.querySelectorAll("figure")].filter(f => getComputedStyle(f).breakInside === "avoid").length'
    assert.equal(await number(page, unbroken), await number(page, figures))
    const pdf = await page.pdf({ path: join(screenshots, 'print.pdf'), preferCSSPageSize: true })
    assert.equal(pdf.subarray(0, 5).toString(), '%PDF-')
    await page.emulateMedia({ media: null, colorScheme: 'dark' })
  })

  it('describes each chart to screen readers', async () => {
    const { page } = await open()
    const chart = page.getByRole('img', {
      name: /^WhatsApp: Mensagens por hora do dia\. Horário de maior movimento: .*\.$/,
    })
    assert.equal(await chart.count(), 1)
  })
})

/** Runs in the page: the visible SVG of each figure. */
const VISIBLE_CHARTS = `[...document.querySelectorAll('figure')].flatMap(figure =>
  [...figure.querySelectorAll('svg')].map(svg => svg.getBoundingClientRect()).filter(({ width }) => width > 0)
    .map(({ x, width, height }) => ({ id: figure.id, x, width, height })))`

/** Runs in the page: each element's WCAG contrast ratio with the first opaque color behind it. */
const CONTRASTS = `selector => {
  const luminance = color => {
    const [r, g, b] = color.match(/[\\d.]+/g).slice(0, 3).map(c => c / 255)
      .map(c => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const color = getComputedStyle(e).backgroundColor
      if (!/, 0\\)$/.test(color)) return color
    }
    return 'rgb(255, 255, 255)'
  }
  return [...document.querySelectorAll(selector)].map(element => {
    const [light, dark] = [getComputedStyle(element).color, behind(element)].map(luminance).sort((a, b) => b - a)
    return (light + 0.05) / (dark + 0.05)
  })
}`
