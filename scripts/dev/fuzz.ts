import { parseArgs } from 'node:util'
import { runCommand } from '../lib/cli/command.ts'
import { countOption } from '../lib/cli/options.ts'
import { fuzz } from './fuzz/run.ts'

const HELP = `Sends bodies that nobody would send through ingest, transform and an independent reader: fixtures with nodes, text
and bytes changed. Answers are 2xx or 4xx, every message is accounted for, no neighbour is lost.

  npm run fuzz -- [--cases N] [--minutes M] [--seed N]

  --cases N     how many, 30000 unless told
  --minutes M   for how long at most; alone, as many cases as there is time for
  --seed N      which ones; a random one unless told, and printed
`

await runCommand('fuzz', async () => {
  const { values } = parseArgs({
    options: {
      cases: { type: 'string' },
      minutes: { type: 'string' },
      seed: { type: 'string' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return console.log(HELP)
  const seed = countOption('--seed', values.seed ?? String(Math.floor(Math.random() * 1e9)), 0)
  const minutes = values.minutes === undefined ? undefined : countOption('--minutes', values.minutes)
  const cases = countOption('--cases', values.cases ?? (minutes === undefined ? '30000' : '1e12'))
  console.log(`seed ${seed}`)
  const started = performance.now()
  let told = 0
  const report = await fuzz({
    seed,
    cases,
    until: Date.now() + (minutes ?? 24 * 60) * 60_000,
    progress(done) {
      if (done - told < 10_000) return
      told = done
      console.error(`${done} cases, ${((performance.now() - started) / 1000).toFixed(0)} s`)
    },
  })
  for (const [name, count] of Object.entries(report)) console.log(`${String(count).padStart(9)}  ${name}`)
})
