import { argv } from 'node:process'

/*
 * Imports the test files named as arguments, as `handlers/lake/layout.test.ts`: all their tests run in this process.
 */

for (const file of argv.slice(2)) await import(import.meta.resolve(`../../../${file.replace(/\.ts$/, '.js')}`))
