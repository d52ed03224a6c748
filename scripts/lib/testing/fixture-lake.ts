import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rawKey } from '../../../handlers/lake/layout.ts'
import type { ObjectStore } from '../../../handlers/lake/object-store.ts'
import { localLake } from '../local/lake.ts'

/** An empty lake in a directory of its own. */
export const emptyLake = () => localLake(mkdtempSync(join(tmpdir(), 'chatlake-lake-')))

/** A webhook body of `fixtures/`. @param name as in `whatsapp/text` */
export const fixture = (name: string): Buffer =>
  readFileSync(new URL(`../../../fixtures/${name}.json`, import.meta.url))

/** Stores a body as the ingest does. @returns its key */
export async function deliver(
  raw: ObjectStore,
  source: string,
  date: string,
  body: Uint8Array,
  hour = 12,
): Promise<string> {
  const key = rawKey(source, date, body)
  await raw.putIfAbsent(key, body, Date.parse(`${date}T${String(hour).padStart(2, '0')}:00:00.123Z`))
  return key
}

/** The names of a source's fixtures. */
export const fixtureNames = (source: string): string[] =>
  readdirSync(new URL(`../../../fixtures/${source}/`, import.meta.url))
    .filter(file => file.endsWith('.expected.json'))
    .map(file => file.slice(0, -'.expected.json'.length))
