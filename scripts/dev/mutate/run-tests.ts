import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { compile } from '../test/compile.ts'

/*
 * Runs all tests of the files named as arguments, as `handlers/lake/layout.test.ts`, in this process. The working
 * directory is the repository.
 */

const folder = await compile(process.cwd())
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
for (const file of process.argv.slice(2)) await import(pathToFileURL(join(folder, file.replace(/\.ts$/, '.js'))).href)
