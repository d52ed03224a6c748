import { parseArgs } from 'node:util'
import { type Command, UsageError } from '../../lib/cli/command.ts'
import { countOption } from '../../lib/cli/options.ts'
import { SABOTAGES } from './sabotage.ts'

const HELP = `Sends deliveries through the built Lambda functions to a real S3 server, through a proxy that drops, truncates, delays
and repeats requests; kills processes at random points; then compares the lake with what was sent: nothing lost, nothing
twice.

  npm run verify:faults -- [--deliveries N] [--seed N] [--sabotage NAME]

  --deliveries N    number of deliveries (default: 10000)
  --seed N          determines the deliveries and the faults (default: a random one, which is printed)
  --sabotage NAME   breaks the code on purpose: the run must fail. One of these, or 'all' for one after the other:
${Object.entries(SABOTAGES)
  .map(([name, what]) => `                      ${name.padEnd(22)} ${what}`)
  .join('\n')}
`

export const verifyFaults: Command = async (args, _env, print, note) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      deliveries: { type: 'string', default: '10000' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
      sabotage: { type: 'string' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) {
    print(HELP)
    return true
  }
  const sabotages = values.sabotage === 'all' ? Object.keys(SABOTAGES) : [values.sabotage].flatMap(name => name ?? [])
  for (const name of sabotages) if (!(name in SABOTAGES)) throw new UsageError(`no sabotage ${JSON.stringify(name)}`)
  const startMs = performance.now()
  const options = {
    deliveries: countOption('--deliveries', values.deliveries),
    seed: countOption('--seed', values.seed, 0),
    progress: (text: string) => note(`${((performance.now() - startMs) / 1000).toFixed(0).padStart(5)} s  ${text}`),
  }
  const [{ skipS3 }, { runWithFaults }, { Violation }] = await Promise.all([
    import('../../../handlers/lake/testing/s3-server.ts'),
    import('./run.ts'),
    import('./oracle.ts'),
  ])
  if (skipS3) return true // s3-server.ts has printed why
  print(`seed ${options.seed}`)
  for (const sabotage of sabotages) {
    const found = await runWithFaults({ ...options, sabotage }).then(
      () => undefined,
      error => (error instanceof Violation ? error.message : Promise.reject(error)),
    )
    if (!found) throw new Error(`not found: ${sabotage}, ${SABOTAGES[sabotage]}`)
    print(`found: ${SABOTAGES[sabotage]}\n       ${found.slice(0, 200)}`)
  }
  if (sabotages.length > 0) return true
  try {
    const report = await runWithFaults(options)
    for (const [name, number] of Object.entries(report)) print(`${String(number).padStart(9)}  ${name}`)
    print('nothing lost, nothing twice, nothing partial')
    return true
  } catch (error) {
    if (error instanceof Violation) error.message += ` (seed ${options.seed}, ${options.deliveries} deliveries)`
    throw error
  }
}
