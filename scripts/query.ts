import { runCommandLine } from './lib/cli/command-line.ts'
import { query } from './query/command.ts'

await runCommandLine('query', query)
