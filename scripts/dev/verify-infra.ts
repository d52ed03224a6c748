import { runCommandLine } from '../lib/cli/command-line.ts'
import { verifyInfra } from './verify-infra/command.ts'

await runCommandLine('verify:infra', verifyInfra)
