import { runCommandLine } from './lib/cli/command-line.ts'
import { report } from './report/command.ts'

await runCommandLine('report', report)
