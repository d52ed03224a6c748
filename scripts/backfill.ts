import { backfill } from './backfill/command.ts'
import { runCommandLine } from './cli/command-line.ts'

await runCommandLine('backfill', backfill)
