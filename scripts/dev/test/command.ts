import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Command } from '../../lib/cli/command.ts'

const HELP = `Runs the tests.

  npm test -- [path …]
  npm run test:fast -- [path …]

  path     run only the test files whose paths start with this, such as handlers/lake
  --fast   leave out the tests that take long: those with processes, servers, an engine or much data

Fails if a test fails, or if something personal of the fixtures was logged.`

export const test: Command = async (args, _env, print) => {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { fast: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h' } },
    allowPositionals: true,
  })
  if (values.help) {
    print(HELP)
    return true
  }
  const { runTests } = await import('./run-tests.ts')
  const root = fileURLToPath(new URL('../../..', import.meta.url))
  return runTests({ root, paths: positionals, isFast: values.fast })
}
