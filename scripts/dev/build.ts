import { fileURLToPath } from 'node:url'
import { sources } from '../../handlers/sources/index.ts'
import { buildBundles } from './build/bundles.ts'

/*
 * Bundles each Lambda's entry point, handlers/<source>-<stage>.ts, as dist/<source>-<stage>/index.mjs.
 */

const folder = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url))

try {
  await buildBundles({ sources, handlers: folder('handlers'), dist: folder('dist') })
} catch (error) {
  console.error(`build: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}
