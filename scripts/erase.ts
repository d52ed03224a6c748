import { erase } from './erase/command.ts'
import { runCommandLine } from './lib/cli/command-line.ts'

await runCommandLine('erase', erase)
