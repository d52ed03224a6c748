import { parseArgs } from 'node:util'
import { skipS3 } from '../handlers/testing/s3-server.ts'
import { runCommand, UsageError } from './cli/command.ts'
import { Violation } from './verify-faults/oracle.ts'
import { verifyFaults } from './verify-faults/run.ts'
import { SABOTAGES } from './verify-faults/sabotage.ts'

const HELP = `Sends deliveries through the built Lambdas to a real S3 server over a road that loses, cuts, delays and repeats,
kills processes at random points, and then holds the lake to what was sent: nothing lost, nothing twice.

  npm run verify:faults -- [--deliveries N] [--seed N] [--sabotage NAME]

  --deliveries N    how many are sent, 10000 unless told
  --seed N          what is sent and what goes wrong; a random one unless told, and printed
  --sabotage NAME   breaks the code on purpose, for which the run must fail:
${Object.entries(SABOTAGES)
  .map(([name, what]) => `                      ${name.padEnd(22)} ${what}`)
  .join('\n')}
`

await runCommand('verify:faults', async () => {
  const { values } = parseArgs({
    options: {
      deliveries: { type: 'string', default: '10000' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
      sabotage: { type: 'string' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return console.log(HELP)
  const { sabotage } = values
  if (sabotage && !(sabotage in SABOTAGES)) throw new UsageError(`no sabotage ${JSON.stringify(sabotage)}`)
  const options = { deliveries: natural('deliveries', values.deliveries), seed: natural('seed', values.seed) }
  if (skipS3) return // said loudly already
  console.log(`seed ${options.seed}`)
  const started = performance.now()
  const progress = (text: string) =>
    console.error(`${((performance.now() - started) / 1000).toFixed(0).padStart(5)} s  ${text}`)
  try {
    const report = await verifyFaults({ ...options, ...(sabotage ? { sabotage } : {}), progress })
    for (const [name, number] of Object.entries(report)) console.log(`${String(number).padStart(9)}  ${name}`)
    console.log('nothing lost, nothing twice, nothing partial')
  } catch (error) {
    if (error instanceof Violation) error.message += ` (seed ${options.seed}, ${options.deliveries} deliveries)`
    throw error
  }
})

function natural(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--${name} ${text} is not a number`)
  return Number(text)
}
