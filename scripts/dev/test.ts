import { runCommandLine } from '../lib/cli/command-line.ts'
import { test } from './test/command.ts'

await runCommandLine('test', test)
