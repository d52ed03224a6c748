import { runCommandLine } from '../lib/cli/command-line.ts'
import { fuzz } from './fuzz/command.ts'

await runCommandLine('fuzz', fuzz)
