import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { zipSync } from 'fflate'

/** Where `npm run build` puts bundles. */
export const DIST = fileURLToPath(new URL('../dist', import.meta.url))

/**
 * Zips a built bundle beside its folder. The same files always give the same bytes: sorted names, constant times.
 * @param name `<source>-<ingest|transform>`, the folder that `npm run build` makes
 * @returns the zip's path, and its SHA-256 in Base64, like Lambda's CodeSha256
 * @throws where the bundle is not built
 */
export function zipBundle(name: string, dist = DIST): { readonly path: string; readonly sha256: string } {
  const folder = join(dist, name)
  let files: string[]
  try {
    files = readdirSync(folder).sort()
  } catch {
    throw new Error(`there is no bundle ${name}: run npm run build`)
  }
  const zip = zipOf(Object.fromEntries(files.map(file => [file, readFileSync(join(folder, file))])))
  const path = join(dist, `${name}.zip`)
  const unfinished = `${path}.${process.pid}`
  writeFileSync(unfinished, zip)
  renameSync(unfinished, path)
  return { path, sha256: createHash('sha256').update(zip).digest('base64') }
}

/** Zips of this process, by the digest of what they hold: compressing takes most of the time of a synthesis. */
const zips = new Map<string, Uint8Array>()

function zipOf(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const digest = createHash('sha256')
  for (const [name, content] of Object.entries(files)) digest.update(`${name}\0${content.length}\0`).update(content)
  const key = digest.digest('hex')
  const zip = zips.get(key) ?? zipSync(files, { mtime: EPOCH })
  zips.set(key, zip)
  return zip
}

/** The earliest time that a zip can represent, in local time, because a zip has no time zone. */
const EPOCH = new Date(1980, 0, 1)
