import { backfill } from './backfill/command.ts'
import { runCommandLine } from './lib/cli/command-line.ts'

await runCommandLine('backfill', backfill)
