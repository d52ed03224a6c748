import { fileURLToPath } from 'node:url'
import { runTests } from './test/run-tests.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const isWell = await runTests({ root, parts: process.argv.slice(2) })
if (!isWell) process.exitCode = 1
