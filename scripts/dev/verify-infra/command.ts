import { parseArgs } from 'node:util'
import type { Command } from '../../lib/cli/command.ts'

const HELP = `Deploys the stack to an emulator of AWS with the real AWS provider and the README's commands, sends deliveries
through it, changes it, and destroys it.

  npm run verify:infra

A missing tool is an error with CI=true; otherwise the verification is skipped with a message.`

export const verifyInfra: Command = async (args, env, print, note) => {
  const { values } = parseArgs({ args: [...args], options: { help: { type: 'boolean', short: 'h' } } })
  if (values.help) {
    print(HELP)
    return true
  }
  const [{ verifyStack }, { MissingTool }] = await Promise.all([import('./verify-stack.ts'), import('./tools.ts')])
  try {
    await verifyStack()
  } catch (error) {
    if (!(error instanceof MissingTool) || env.CI === 'true') throw error
    note(`\n  SKIPPED: ${error.message}.\n  The infrastructure was not verified. With CI=true this is an error.\n`)
  }
  return true
}
