#!/usr/bin/env node
import { readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/*
 * Runs a TypeScript file of the repository: node scripts/run.mjs scripts/query.ts [argument …]
 *
 * What runs is a bundle in .cache/bundles, made when there is none yet or when a file that it was made of has changed.
 * Node.js 20 runs no TypeScript, and one file loads much faster than many.
 */

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const [node = '', , script, ...args] = process.argv
if (script === undefined) {
  console.error('usage: node scripts/run.mjs <file.ts> [argument …]')
  process.exit(2)
}
const cache = join(root, '.cache', 'bundles', script.replace(/\.ts$/, '').replace(/\W+/g, '-'))
const bundle = upToDate(cache) ?? (await (await import('./bundle.mjs')).bundle(root, script, cache))
process.setSourceMapsEnabled(true)
process.argv = [node, join(root, script), ...args]
await import(pathToFileURL(bundle).href)

/** The path of the bundle that the cache holds; undefined if there is none, or one of its inputs has changed. */
function upToDate(cache) {
  let manifest
  try {
    manifest = JSON.parse(readFileSync(join(cache, 'manifest.json'), 'utf8'))
  } catch {
    return undefined
  }
  for (const [input, size, mtimeMs] of manifest.inputs) {
    const stats = statSync(join(root, input), { throwIfNoEntry: false })
    if (stats?.size !== size || stats.mtimeMs !== mtimeMs) return undefined
  }
  return join(cache, manifest.entry)
}
