import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { sources } from '../../../handlers/sources/index.ts'
import type { Command } from '../../lib/cli/command.ts'

const HELP = `Bundles each function's entry point: handlers/<source>-<stage>.ts as dist/<source>-<stage>/index.mjs.

  npm run build`

export const build: Command = async (args, _env, print) => {
  const { values } = parseArgs({ args: [...args], options: { help: { type: 'boolean', short: 'h' } } })
  if (values.help) {
    print(HELP)
    return true
  }
  const { buildBundles } = await import('./bundles.ts')
  const folder = (name: string) => fileURLToPath(new URL(`../../../${name}`, import.meta.url))
  await buildBundles({ sources, handlers: folder('handlers'), dist: folder('dist') })
  return true
}
