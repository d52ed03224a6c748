import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DEFAULT_TIME_ZONE, dayIn } from '../../../handlers/lake/calendar.ts'
import { rawKey } from '../../../handlers/lake/layout.ts'
import { type SourceName, sources } from '../../../handlers/sources/index.ts'
import { transformDay } from '../../../handlers/transform/transform-day.ts'
import type { Filters } from '../../../sql/filters.ts'
import { localLake } from '../../lib/local/lake.ts'
import type { Row } from '../engine.ts'
import { type Expected, expectedFile } from './golden-expected.ts'

/** Deliveries, and what saved queries answer about them: a file of `fixtures/queries`. */
export interface QueryFixture {
  /** The file's name without `.json`. */
  readonly name: string
  /** What the deliveries hold, for the reader. */
  readonly about: string
  readonly deliveries: readonly {
    readonly source: SourceName
    /** The time of arrival, in ISO 8601. */
    readonly received: string
    readonly body: unknown
  }[]
  readonly answers: readonly Answer[]
}

interface Answer {
  readonly query: string
  /** Values of the query's parameters, by name. */
  readonly parameters?: Readonly<Record<string, string>>
  readonly filters?: Filters
  /** The lines of a rate card. */
  readonly rates?: readonly string[]
  /** Each as `name type`. */
  readonly columns: readonly string[]
  readonly rows: readonly Row[]
}

const DIRECTORY = fileURLToPath(new URL('../../../fixtures/queries/', import.meta.url))

/** The files of `fixtures/queries`, ordered by name. */
export const queryFixtures = (): QueryFixture[] =>
  readdirSync(DIRECTORY)
    .sort()
    .map(file => ({ ...JSON.parse(readFileSync(join(DIRECTORY, file), 'utf8')), name: file.replace(/\.json$/, '') }))

/** The columns of a saved query, each as `name type`, from the expected rows of the golden lake or of `fixtures/queries`. */
export function expectedColumns(query: string): readonly string[] {
  const file = expectedFile(query)
  if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as Expected).columns
  return (
    queryFixtures()
      .flatMap(({ answers }) => answers)
      .find(answer => answer.query === query)?.columns ?? []
  )
}

/** Writes the lake of a fixture's deliveries to a directory. */
export async function makeLakeOf({ deliveries }: QueryFixture, directory: string): Promise<void> {
  const lake = localLake(directory)
  const dayOf = dayIn(DEFAULT_TIME_ZONE)
  const days = new Map<string, [SourceName, string]>()
  for (const { source, received, body } of deliveries) {
    const bytes = Buffer.from(JSON.stringify(body))
    const time = Date.parse(received)
    await lake.raw.putIfAbsent(rawKey(source, dayOf(time), bytes), bytes, time)
    days.set(`${source} ${dayOf(time)}`, [source, dayOf(time)])
  }
  for (const [name, date] of [...days.values()].sort((a, b) => (a[1] < b[1] ? -1 : 1))) {
    const source = sources.find(source => source.name === name)
    assert.ok(source, name)
    await transformDay(source, date, lake)
  }
}
