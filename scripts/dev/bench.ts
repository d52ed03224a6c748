import { runCommandLine } from '../lib/cli/command-line.ts'
import { bench } from './bench/command.ts'

await runCommandLine('bench', bench)
