import { runCommandLine } from '../lib/cli/command-line.ts'
import { build } from './build/command.ts'

await runCommandLine('build', build)
