import { runCommandLine } from '../lib/cli/command-line.ts'
import { mutate } from './mutate/command.ts'

await runCommandLine('mutate', mutate)
