import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { DEFAULT_TIME_ZONE } from '../handlers/lake/calendar.ts'
import { tables } from '../handlers/lake/tables.ts'
import { Failure, runCommand } from './cli/command.ts'
import { savedQueries } from './query/catalog.ts'
import { openDuckDb } from './query/duckdb.ts'
import { findChromium, launchChromium } from './report/chromium.ts'
import { makeReport } from './report/make.ts'

/*
 * Takes the README's picture of the report: the demo's lake, light and dark in halves, scripts/report/report.png.
 * Run the demo first: `npm run demo && npx tsx scripts/screenshot.ts`.
 */

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const PICTURE = join(root, 'scripts', 'report', 'report.png')

await runCommand('screenshot', async () => {
  const executable = findChromium()
  if (!executable) throw new Failure('there is no Chromium: name one with CHROMIUM, or run .ci/install-chromium')
  const directory = mkdtempSync(join(tmpdir(), 'chatlake-'))
  const browser = await launchChromium(executable)
  try {
    const engine = await openDuckDb(join(root, 'demo-lake'), tables)
    const made = Date.parse('2026-11-16T09:00:00-03:00')
    const settings = { queries: savedQueries(), language: 'en', timeZone: DEFAULT_TIME_ZONE, made } as const
    const file = join(directory, 'report.html')
    writeFileSync(file, await makeReport(engine, settings))
    await engine.close()

    const page = await browser.newPage({ viewport: { width: 1120, height: 1000 }, colorScheme: 'light' })
    await page.goto(pathToFileURL(file).href)
    await page.screenshot({ path: PICTURE })
  } finally {
    await browser.close()
    rmSync(directory, { recursive: true })
  }
})
