import { runCommandLine } from './lib/cli/command-line.ts'
import { transform } from './transform/command.ts'

await runCommandLine('transform', transform)
