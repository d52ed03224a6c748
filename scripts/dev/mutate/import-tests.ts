import { argv } from 'node:process'

/*
 * Imports the test files that the arguments name, such as `handlers/lake/layout.test.ts`. Their tests run in this
 * process.
 */

for (const file of argv.slice(2)) await import(import.meta.resolve(`../../../${file.replace(/\.ts$/, '.js')}`))
