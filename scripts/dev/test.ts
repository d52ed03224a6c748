import { fileURLToPath } from 'node:url'
import { runTests } from './test/run-tests.ts'

const folder = fileURLToPath(import.meta.resolve('../../'))
const isWell = await runTests({ folder, parts: process.argv.slice(2) })
if (!isWell) process.exitCode = 1
