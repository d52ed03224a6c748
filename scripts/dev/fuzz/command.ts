import { parseArgs } from 'node:util'
import type { Command } from '../../lib/cli/command.ts'
import { countOption } from '../../lib/cli/options.ts'

const HELP = `Sends mutated fixtures (changed JSON nodes, text and bytes) through ingest and transform, and
compares the result with an independent reader: every answer is 2xx or 4xx, every message is a
row, a duplicate or quarantined, and a bad message does not affect its neighbours.

  npm run fuzz -- [--cases N] [--minutes M] [--seed N]

  --cases N     number of cases (default: 30000)
  --minutes M   longest duration; without --cases, runs as many cases as fit into it
  --seed N      determines the cases (default: a random one, which is printed)
`

export const fuzz: Command = async (args, _env, print, note) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      cases: { type: 'string' },
      minutes: { type: 'string' },
      seed: { type: 'string' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) {
    print(HELP)
    return true
  }
  const seed = countOption('--seed', values.seed ?? String(Math.floor(Math.random() * 1e9)), 0)
  const minutes = values.minutes === undefined ? undefined : countOption('--minutes', values.minutes)
  const cases = countOption('--cases', values.cases ?? (minutes === undefined ? '30000' : '1e12'))
  print(`seed ${seed}`)
  const { runFuzzer } = await import('./run.ts')
  const startMs = performance.now()
  let reported = 0
  const report = await runFuzzer({
    seed,
    cases,
    until: Date.now() + (minutes ?? 24 * 60) * 60_000,
    progress(done) {
      if (done - reported < 10_000) return
      reported = done
      note(`${done} cases, ${((performance.now() - startMs) / 1000).toFixed(0)} s`)
    },
  })
  for (const [name, count] of Object.entries(report)) print(`${String(count).padStart(9)}  ${name}`)
  return true
}
