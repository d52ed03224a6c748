import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, join, relative, sep } from 'node:path'
import { build } from 'esbuild'

/** Packages that stay outside of bundles: they have native code or files of their own, or load parts by name. */
const EXTERNAL = [
  '@cdktf/provider-aws',
  '@duckdb/node-bindings',
  'cdktf',
  'constructs',
  'esbuild',
  'parquet-wasm',
  'playwright-core',
]

/** What CommonJS packages inside an ES module expect to find. */
const BANNER = `import { createRequire as bundleRequire } from 'node:module';
import { dirname as bundleDirname } from 'node:path';
import { fileURLToPath as bundlePath } from 'node:url';
const require = bundleRequire(import.meta.url), __filename = bundlePath(import.meta.url), __dirname = bundleDirname(__filename);`

/** Inputs of every bundle: how it is made, and the installed packages. */
const INPUTS = ['scripts/bundle.mjs', 'node_modules/.package-lock.json']

const DAY_MS = 24 * 60 * 60 * 1000

/**
 * Bundles a TypeScript file and the packages that it uses, for this repository on this machine.
 *
 * The bundle is complete before the manifest names it, so commands that start at the same time each get a whole one.
 * In the bundle `import.meta.url` is the URL of the source file, so files next to the source are found. What is loaded
 * with `import()` stays in files of its own.
 *
 * @param {string} root the repository's folder
 * @param {string} script the file, relative to it
 * @param {string} cache the folder for the script's bundles and their manifest
 * @returns {Promise<string>} the bundle's path
 */
export async function bundle(root, script, cache) {
  const startMs = Date.now()
  const name = `${startMs}-${process.pid}`
  const outdir = join(cache, name)
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [script],
    outdir,
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    mainFields: ['module', 'main'],
    external: EXTERNAL,
    banner: { js: BANNER },
    keepNames: true,
    sourcemap: true,
    sourcesContent: false,
    metafile: true,
    define: { 'import.meta.url': '__source' },
    plugins: [{ name: 'URLs of sources', setup: ({ onLoad }) => onLoad({ filter: /\.ts$/ }, sourceUrl) }],
    logLevel: 'error',
  })
  const entry = join(name, basename(script).replace(/\.ts$/, '.js'))
  const sources = Object.keys(metafile.inputs).filter(path => !path.includes('node_modules/'))
  const inputs = [...INPUTS, ...sources].flatMap(path => {
    const stats = statSync(join(root, path), { throwIfNoEntry: false })
    if (!stats) return []
    // A file that changed meanwhile may not be what was bundled: no time matches, so that the next start bundles again.
    return [[path, stats.size, stats.mtimeMs < startMs ? stats.mtimeMs : null]]
  })
  const manifest = `${outdir}.json`
  writeFileSync(manifest, JSON.stringify({ entry, inputs }))
  renameSync(manifest, join(cache, 'manifest.json'))
  removeOld(cache)
  return join(cache, entry)

  /** Declares what `define` puts for `import.meta.url`, in the first line so that source maps keep their lines. */
  function sourceUrl({ path }) {
    const text = readFileSync(path, 'utf8')
    if (!text.includes('import.meta.url')) return undefined
    const source = relative(outdir, path).replaceAll(sep, '/')
    // Destructured, because `define` would replace the expression `import.meta.url`.
    const declaration = `const { url: __bundle } = import.meta, __source = new URL(${JSON.stringify(source)}, __bundle).href;`
    return { contents: `${declaration}${text}`, loader: 'ts' }
  }
}

/** Removes bundles that no new start uses; a command that still runs may load a part of a younger one. */
function removeOld(cache) {
  for (const name of readdirSync(cache)) {
    const createdMs = Number(name.split('-')[0])
    if (createdMs < Date.now() - DAY_MS) rmSync(join(cache, name), { recursive: true, force: true })
  }
}
