import { runCommandLine } from './lib/cli/command-line.ts'
import { start } from './start/command.ts'

await runCommandLine('start', start)
