import { demo } from './demo/command.ts'
import { runCommandLine } from './lib/cli/command-line.ts'

await runCommandLine('demo', demo)
