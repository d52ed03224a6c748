#!/usr/bin/env node
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { compile } from './compile.mjs'

/*
 * Runs a TypeScript file of the repository: node scripts/run.mjs scripts/query.ts [argument …]
 */

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const [, , script = '', ...args] = process.argv
const file = join(await compile(root), script.replace(/\.ts$/, '.js'))
process.argv = [process.argv[0], file, ...args]
await import(pathToFileURL(file).href)
