import { runCommandLine } from './cli/command-line.ts'
import { erase } from './erase/command.ts'

await runCommandLine('erase', erase)
