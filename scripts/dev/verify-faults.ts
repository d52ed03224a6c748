import { parseArgs } from 'node:util'
import { skipS3 } from '../../handlers/lake/testing/s3-server.ts'
import { runCommand, UsageError } from '../lib/cli/command.ts'
import { countOption } from '../lib/cli/options.ts'
import { Violation } from './verify-faults/oracle.ts'
import { type RunOptions, verifyFaults } from './verify-faults/run.ts'
import { SABOTAGES } from './verify-faults/sabotage.ts'

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

const started = performance.now()

const progress = (text: string) =>
  console.error(`${((performance.now() - started) / 1000).toFixed(0).padStart(5)} s  ${text}`)

await runCommand('verify:faults', async () => {
  const { values } = parseArgs({
    options: {
      deliveries: { type: 'string', default: '10000' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
      sabotage: { type: 'string' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return console.log(HELP)
  const sabotages = values.sabotage === 'all' ? Object.keys(SABOTAGES) : [values.sabotage].flatMap(name => name ?? [])
  for (const name of sabotages) if (!(name in SABOTAGES)) throw new UsageError(`no sabotage ${JSON.stringify(name)}`)
  const options = {
    deliveries: countOption('--deliveries', values.deliveries),
    seed: countOption('--seed', values.seed, 0),
    progress,
  }
  if (skipS3) return // s3-server.ts has printed why
  console.log(`seed ${options.seed}`)
  for (const sabotage of sabotages) await mustBeFound(sabotage, options)
  if (sabotages.length > 0) return
  try {
    const report = await verifyFaults(options)
    for (const [name, number] of Object.entries(report)) console.log(`${String(number).padStart(9)}  ${name}`)
    console.log('nothing lost, nothing twice, nothing partial')
  } catch (error) {
    if (error instanceof Violation) error.message += ` (seed ${options.seed}, ${options.deliveries} deliveries)`
    throw error
  }
})

process.exit() // Node.js 20 may spin for ever when it closes the pipes of killed processes

/** Runs with code that is broken on purpose. @throws where the run does not find that */
async function mustBeFound(sabotage: string, options: RunOptions): Promise<void> {
  const found = await verifyFaults({ ...options, sabotage }).then(
    () => undefined,
    error => (error instanceof Violation ? error.message : Promise.reject(error)),
  )
  if (!found) throw new Error(`not found: ${sabotage}, ${SABOTAGES[sabotage]}`)
  console.log(`found: ${SABOTAGES[sabotage]}\n       ${found.slice(0, 200)}`)
}
