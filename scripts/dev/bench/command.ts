import { parseArgs } from 'node:util'
import { type Command, UsageError } from '../../lib/cli/command.ts'
import { countOption } from '../../lib/cli/options.ts'
import { cache } from './cache.ts'
import { PARTS } from './parts.ts'

const HELP = `Measures speed and memory, and compares them with baselines that are measured in the same run.
Every figure is the median of several runs; the runs of the programs alternate.

  npm run bench -- [--part NAME]… [--files N]… [--s3-objects N]… [--million] [--ceiling-objects N] [--runs N]

  --part        ${PARTS.join(', ')} (default: all)
  --files       files of a local day, one delivery each (default: 10000 and 100000)
  --s3-objects  objects of a day on S3 (default: 10000 and 100000); the first number is also measured with S3's latency
  --million     also measure a local day of a million files: some minutes, 5 GB of disk
  --ceiling-objects
                objects of the day from which the limit of a 15-minute run is extrapolated (default: 200000)
  --runs        runs of each program (default: 5)

The generated days are kept in ${cache}/bench. A baseline whose tool is missing is skipped with a message. The tools:
versitygw (.ci/install-versitygw), python3 with boto3, and pyarrow in ${cache}/bench-venv
(python3 -m venv DIR && DIR/bin/pip install pyarrow).`

export const bench: Command = async (args, _env, print) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      part: { type: 'string', multiple: true, default: [...PARTS] },
      files: { type: 'string', multiple: true, default: ['10000', '100000'] },
      's3-objects': { type: 'string', multiple: true, default: ['10000', '100000'] },
      million: { type: 'boolean', default: false },
      'ceiling-objects': { type: 'string', default: '200000' },
      runs: { type: 'string', default: '5' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    print(HELP)
    return true
  }
  const parts = PARTS.filter(part => values.part.includes(part))
  const unknown = values.part.find(part => !PARTS.some(known => known === part))
  if (unknown !== undefined) throw new UsageError(`--part ${unknown} is unknown: write one of ${PARTS.join(', ')}`)
  const options = {
    parts,
    runs: countOption('--runs', values.runs),
    files: values.files.map(count => countOption('--files', count)),
    s3Objects: values['s3-objects'].map(count => countOption('--s3-objects', count)),
    million: values.million,
    ceilingObjects: countOption('--ceiling-objects', values['ceiling-objects']),
  }
  const { runBenchmarks } = await import('./run.ts')
  await runBenchmarks(options)
  return true
}
