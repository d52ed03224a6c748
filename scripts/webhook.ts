import { runCommandLine } from './lib/cli/command-line.ts'
import { webhook } from './webhook/command.ts'

await runCommandLine('webhook', webhook)
