import { runCommandLine } from './lib/cli/command-line.ts'
import { replay } from './replay/command.ts'

await runCommandLine('replay', replay)
