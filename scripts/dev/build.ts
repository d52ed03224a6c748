import { copyFile, mkdir, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { sources } from '../../handlers/sources/index.ts'

/*
 * Bundles each Lambda's entry point, handlers/<source>-<stage>.ts, as dist/<source>-<stage>/index.mjs.
 */

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const dist = join(root, 'dist')

/** Stages a delivery passes, and the files their bundles need beside them. */
const stages = {
  ingest: [],
  transform: [
    createRequire(import.meta.url)
      .resolve('parquet-wasm')
      .replace(/\.js$/, '_bg.wasm'),
  ],
}

/** What CommonJS packages inside an ESM bundle expect to find. */
const banner = `import { createRequire as chatlakeRequire } from 'node:module';
import { dirname as chatlakeDirname } from 'node:path';
import { fileURLToPath as chatlakePath } from 'node:url';
const require = chatlakeRequire(import.meta.url), __dirname = chatlakeDirname(chatlakePath(import.meta.url));`

await rm(dist, { recursive: true, force: true })
for (const [stage, files] of Object.entries(stages)) {
  for (const { name } of sources) {
    const folder = join(dist, `${name}-${stage}`)
    await mkdir(folder, { recursive: true })
    await build({
      entryPoints: [join(root, 'handlers', `${name}-${stage}.ts`)],
      outdir: folder,
      entryNames: 'index',
      outExtension: { '.js': '.mjs' },
      bundle: true,
      // What the SDK imports only when it is needed, as most kinds of credentials, stays in files of its own that a cold
      // start does not read; and its ES modules leave out what nobody calls, where its CommonJS comes whole.
      splitting: true,
      mainFields: ['module', 'main'],
      platform: 'node',
      target: 'node20',
      format: 'esm',
      minify: true,
      legalComments: 'none',
      banner: { js: banner },
      logLevel: 'warning',
    })
    for (const file of files) await copyFile(file, join(folder, file.slice(dirname(file).length)))
  }
}
