import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { zipSync } from 'fflate'

/** Where `npm run build` puts bundles. */
export const DIST = fileURLToPath(new URL('../dist', import.meta.url))

/**
 * Zips the folder of a built bundle beside it, the same files always to the same bytes: no times, names in order.
 * @param name `<source>-<stage>`, as `npm run build` names it
 * @returns the zip's path, and its digest as Lambda writes it
 */
export function zipBundle(name: string, dist = DIST): { readonly path: string; readonly sha256: string } {
  const folder = join(dist, name)
  let files: string[]
  try {
    files = readdirSync(folder).sort()
  } catch {
    throw new Error(`there is no bundle ${name}: run npm run build`)
  }
  const zip = zipSync(Object.fromEntries(files.map(file => [file, readFileSync(join(folder, file))])), { mtime: EPOCH })
  const path = join(dist, `${name}.zip`)
  const unfinished = `${path}.${process.pid}`
  writeFileSync(unfinished, zip)
  renameSync(unfinished, path)
  return { path, sha256: createHash('sha256').update(zip).digest('base64') }
}

/** The first day a zip can say; local, because a zip knows no time zones. */
const EPOCH = new Date(1980, 0, 1)
