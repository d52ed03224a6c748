import { existsSync } from 'node:fs'
import { copyFile, mkdir, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import type { Source } from '../../../handlers/sources/source.ts'

export interface BundleOptions {
  readonly sources: readonly Source[]
  /** The folder of the entry points, `<source>-<stage>.ts`. */
  readonly handlers: string
  /** The folder of the bundles. It is emptied first. */
  readonly dist: string
}

/** The stages that a delivery passes, and the files that their bundles need beside them. */
const STAGES = {
  ingest: [],
  transform: [
    createRequire(import.meta.url)
      .resolve('parquet-wasm')
      .replace(/\.js$/, '_bg.wasm'),
  ],
} as const

export type Stage = keyof typeof STAGES

/** What CommonJS packages inside an ESM bundle expect to find. */
const BANNER = `import { createRequire as chatlakeRequire } from 'node:module';
import { dirname as chatlakeDirname } from 'node:path';
import { fileURLToPath as chatlakePath } from 'node:url';
const require = chatlakeRequire(import.meta.url), __dirname = chatlakeDirname(chatlakePath(import.meta.url));`

/**
 * Bundles the Lambda entry points of every platform as `<dist>/<source>-<stage>/index.mjs`.
 * @throws where an entry point is missing; the message says what to write
 */
export async function buildBundles({ sources, handlers, dist }: BundleOptions): Promise<void> {
  const bundles = (Object.keys(STAGES) as Stage[]).flatMap(stage => sources.map(({ name }) => ({ stage, name })))
  for (const { stage, name } of bundles) {
    if (existsSync(join(handlers, `${name}-${stage}.ts`))) continue
    const file = `handlers/${name}-${stage}.ts`
    throw new Error(
      `${file} is missing. It is the entry point of a Lambda function. Write:\n\n${entryPoint(name, stage)}`,
    )
  }
  await rm(dist, { recursive: true, force: true })
  for (const { stage, name } of bundles) await bundle(join(handlers, `${name}-${stage}.ts`), stage, dist)
}

/**
 * The text of a Lambda entry point.
 * @param handlers the path of the folder `handlers` as the entry point imports it
 * @param folder the path of the platform's folder
 */
export const entryPoint = (
  name: string,
  stage: Stage,
  handlers = '.',
  folder = `./sources/${name}`,
) => `import { ${stage}Lambda } from '${handlers}/${stage}/lambda.ts'
import { ${name} } from '${folder}/index.ts'

export const handler = ${stage}Lambda(${name})
`

async function bundle(entryPoint: string, stage: Stage, dist: string): Promise<void> {
  const folder = join(dist, entryPoint.slice(dirname(entryPoint).length + 1).replace(/\.ts$/, ''))
  await mkdir(folder, { recursive: true })
  await build({
    entryPoints: [entryPoint],
    outdir: folder,
    entryNames: 'index',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // Modules that the SDK imports only when it needs them, such as most kinds of credentials, stay in separate files:
    // a cold start does not read those. The SDK's ES modules, unlike its CommonJS, leave out unused code.
    splitting: true,
    mainFields: ['module', 'main'],
    platform: 'node',
    target: 'node20',
    format: 'esm',
    minify: true,
    legalComments: 'none',
    banner: { js: BANNER },
    logLevel: 'warning',
  })
  for (const file of STAGES[stage]) await copyFile(file, join(folder, file.slice(dirname(file).length)))
}
