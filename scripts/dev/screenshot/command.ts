import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { DEFAULT_TIME_ZONE } from '../../../handlers/lake/calendar.ts'
import { tables } from '../../../handlers/sources/tables.ts'
import { savedQueries } from '../../../sql/catalog.ts'
import type { Command } from '../../lib/cli/command.ts'
import { openDuckDb } from '../../query/duckdb.ts'
import { buildReport } from '../../report/build-report.ts'
import { findChromium, launchChromium } from '../../report/testing/chromium.ts'

/*
 * Takes the README's picture of the report, scripts/report/report.png: some of its figures, from the demo's lake.
 * Run the demo first: `npm run demo && node scripts/run.mjs scripts/dev/screenshot.ts`.
 */

const root = fileURLToPath(new URL('../../..', import.meta.url))
const PICTURE = join(root, 'scripts', 'report', 'report.png')

const SHOWN = [
  ...['platforms-per-day', 'whatsapp-deliveries-per-day', 'whatsapp-per-content', 'telegram-per-content'],
  ...['whatsapp-hour-weekday', 'telegram-hour-weekday'],
]

export const screenshot: Command = async () => {
  const executable = findChromium()
  if (!executable) throw new Error('no Chromium found: set CHROMIUM to its path, or run .ci/install-chromium')
  const directory = mkdtempSync(join(tmpdir(), 'chatlake-'))
  const browser = await launchChromium(executable)
  try {
    const engine = await openDuckDb(join(root, 'demo-lake'), tables)
    const generatedAt = Date.parse('2026-11-16T09:00:00-03:00')
    const settings = { queries: savedQueries(), language: 'en', timeZone: DEFAULT_TIME_ZONE, generatedAt } as const
    const file = join(directory, 'report.html')
    writeFileSync(file, await buildReport(engine, settings))
    await engine.close()

    const page = await browser.newPage({ viewport: { width: 1120, height: 800 }, colorScheme: 'light' })
    await page.goto(pathToFileURL(file).href)
    const shown = SHOWN.map(name => `#${name}`).join()
    await page.addStyleTag({
      content: `figure:not(${shown}), section:not(:has(${shown})), details, footer { display: none }
        header { padding-top: 20px } body { padding-bottom: 20px }`,
    })
    await page.screenshot({ path: PICTURE, fullPage: true })
  } finally {
    await browser.close()
    rmSync(directory, { recursive: true })
  }
  return true
}
