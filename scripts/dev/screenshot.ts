import { runCommandLine } from '../lib/cli/command-line.ts'
import { screenshot } from './screenshot/command.ts'

await runCommandLine('screenshot', screenshot)
