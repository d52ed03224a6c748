import { createHash } from 'node:crypto'
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/*
 * Compiles the repository's TypeScript, file by file, to JavaScript that a plain node runs.
 */

/** Folders that hold TypeScript. */
const FOLDERS = ['handlers', 'infra', 'scripts', 'sql']

const DAY_MS = 24 * 60 * 60 * 1000

/**
 * Returns the folder that mirrors the repository with each `.ts` as `.js`; makes it where a source has changed.
 *
 * Its name is a digest of the sources' paths, sizes and modification times, and it is renamed into place when it is
 * complete: commands that start at once, or while a source is being edited, each get a whole one. In the compiled
 * files `import.meta.url` is the URL of the source, so that files beside it are found; what they import are the other
 * compiled files. Folders that no command has used for a day are removed.
 *
 * @param {string} root the repository's directory
 * @returns {Promise<string>}
 */
export async function compile(root) {
  const cache = join(root, '.cache', 'compiled')
  const files = FOLDERS.filter(folder => existsSync(join(root, folder)))
    .flatMap(folder =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(it => join(folder, it)),
    )
    .filter(file => file.endsWith('.ts'))
    .sort()
  const digest = createHash('sha256').update(readFileSync(new URL(import.meta.url)))
  for (const file of files) {
    const { size, mtimeMs } = lstatSync(join(root, file))
    digest.update(`${file}\0${size}\0${mtimeMs}\0`)
  }
  const folder = join(cache, digest.digest('hex').slice(0, 16))
  if (existsSync(folder)) {
    const now = new Date()
    utimesSync(folder, now, now)
  } else {
    await compileInto(root, files, folder)
    removeUnused(cache)
  }
  return folder
}

async function compileInto(root, files, folder) {
  const { build } = await import('esbuild')
  const unfinished = `${folder}.${process.pid}`
  mkdirSync(dirname(folder), { recursive: true })
  try {
    await build({
      absWorkingDir: root,
      entryPoints: files,
      outbase: root,
      outdir: unfinished,
      // Every import is external: bundling is only what lets the plugin see and rewrite it.
      bundle: true,
      plugins: [{ name: 'each file alone', setup: eachFileAlone }],
      treeShaking: false,
      define: { 'import.meta.url': '__source' },
      platform: 'node',
      target: 'node20',
      format: 'esm',
      sourcemap: true,
      sourcesContent: false,
      logLevel: 'warning',
    })
    renameSync(unfinished, folder)
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    if (!existsSync(folder)) throw error // otherwise another process was faster
  }

  function eachFileAlone({ onResolve, onLoad }) {
    onResolve({ filter: /./ }, ({ kind, path }) =>
      kind === 'entry-point'
        ? undefined
        : { path: path.startsWith('.') ? path.replace(/\.ts$/, '.js') : path, external: true },
    )
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      if (!text.includes('import.meta.url')) return undefined
      const source = relative(join(unfinished, dirname(relative(root, path))), path)
      // Destructured, since `define` below replaces the expression `import.meta.url`; in the first line, for source maps.
      const declaration = `const { url: __file } = import.meta, __source = new URL(${JSON.stringify(source)}, __file).href;`
      return { contents: `${declaration}${text}`, loader: 'ts' }
    })
  }
}

function removeUnused(cache) {
  for (const name of readdirSync(cache)) {
    const folder = join(cache, name)
    const unusedMs = Date.now() - (lstatSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY)
    if (unusedMs > DAY_MS) rmSync(folder, { recursive: true, force: true })
  }
}
