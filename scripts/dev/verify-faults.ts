import { runCommandLine } from '../lib/cli/command-line.ts'
import { verifyFaults } from './verify-faults/command.ts'

await runCommandLine('verify:faults', verifyFaults)
process.exit() // Node.js 20 may spin for ever when it closes the pipes of killed processes
