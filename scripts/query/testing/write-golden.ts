import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bindParameters, RANGE } from '../../../sql/parameters.ts'
import { type Expected, expectedFile, formatExpected } from './golden-expected.ts'
import { GOLDEN, goldenDeliveries, makeGoldenLake } from './golden-lake.ts'
import { expectedRows } from './golden-reference.ts'
import { expectedViewRows } from './golden-views.ts'

/*
 * Run this after a change of fixtures/golden/messages.json: `node scripts/run.mjs scripts/query/testing/write-golden.ts`.
 * It writes the lake's Parquet, and the expected rows that golden-reference.ts and golden-views.ts compute. Review the
 * difference before you commit it.
 */

const directory = mkdtempSync(join(tmpdir(), 'chatlake-'))
try {
  await makeGoldenLake(directory)
  rmSync(join(GOLDEN, 'enriched'), { recursive: true, force: true })
  cpSync(join(directory, 'enriched'), join(GOLDEN, 'enriched'), { recursive: true })
} finally {
  rmSync(directory, { recursive: true })
}

const [from = '', to = ''] = bindParameters({ sql: '? ?', parameters: RANGE })
const deliveries = goldenDeliveries()
for (const [name, rows] of [...expectedRows(deliveries, [from, to]), ...expectedViewRows(deliveries)]) {
  const { columns }: Expected = JSON.parse(readFileSync(expectedFile(name), 'utf8'))
  writeFileSync(expectedFile(name), formatExpected({ columns, rows }))
}
