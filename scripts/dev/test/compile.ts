import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { build, type Plugin } from 'esbuild'

/** Folders that hold TypeScript. */
const FOLDERS = ['handlers', 'infra', 'scripts', 'sql']

/**
 * Compiles the repository's TypeScript, file by file, into a new folder that mirrors it with each `.ts` as `.js`.
 *
 * Compiled files import each other and, from `node_modules`, packages. In them `import.meta.url` is the URL of the
 * source, so that files next to it are found; `import.meta.resolve` of a path that ends in `.js` gives a compiled file.
 *
 * @param root the repository's folder
 * @returns the new folder, in `.cache` of the repository so that packages are found; the caller removes it
 */
export async function compile(root: string): Promise<string> {
  const cache = join(root, '.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'tests-'))
  await build({
    absWorkingDir: root,
    entryPoints: readdirSync(root)
      .filter(name => FOLDERS.includes(name))
      .flatMap(name => readdirSync(join(root, name), { recursive: true, encoding: 'utf8' }).map(it => join(name, it)))
      .filter(file => file.endsWith('.ts')),
    outbase: root,
    outdir: folder,
    // Imports are external, apart from PACKAGES_TO_BUNDLE: bundling lets the plugin see and rewrite them.
    bundle: true,
    plugins: [eachFileAlone(root, folder)],
    platform: 'node',
    target: 'node20',
    format: 'esm',
    define: { 'import.meta.url': '__source' },
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'error',
  })
  return folder
}

/** Packages that Node.js cannot load: their ES modules import folders. */
const PACKAGES_TO_BUNDLE = /^dt-sql-parser\b/

const eachFileAlone = (root: string, folder: string): Plugin => ({
  name: 'each file alone',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /./ }, ({ kind, path, importer }) =>
      kind === 'entry-point' || PACKAGES_TO_BUNDLE.test(path) || importer.includes('node_modules')
        ? undefined
        : { path: path.startsWith('.') ? path.replace(/\.ts$/, '.js') : path, external: true },
    )
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      if (!text.includes('import.meta.url')) return undefined
      const source = JSON.stringify(relative(join(folder, dirname(relative(root, path))), path))
      // In the first line, so that source maps keep their lines. Destructured, because `define` would replace the
      // expression `import.meta.url`.
      const declaration = `const { url: __compiled } = import.meta, __source = new URL(${source}, __compiled).href;`
      return { contents: `${declaration}${text}`, loader: 'ts' }
    })
  },
})
