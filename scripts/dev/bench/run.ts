import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { parquetMetadata } from 'hyparquet'
import { tableKey } from '../../../handlers/lake/layout.ts'
import { S3Store } from '../../../handlers/lake/s3-store.ts'
import { type S3Server, skipS3, startS3Server } from '../../../handlers/lake/testing/s3-server.ts'
import { sources } from '../../../handlers/sources/index.ts'
import { RESERVE } from '../../../handlers/transform/time-limit.ts'
import { cache } from './cache.ts'
import { DAY, fill, LAMBDA_MS, lakeOf } from './days.ts'
import { endlessS3 } from './endless-s3.ts'
import { delayed } from './latency.ts'
import { type Command, type Figures, inTurn } from './measure.ts'
import type { PARTS } from './parts.ts'
import { reportLake } from './report-lake.ts'

/** Typical duration of a GET of a small object from S3. */
const LATENCY_MS = 30

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** The default memory of a transform function. */
const { transformMemoryMb }: { readonly transformMemoryMb: number } = JSON.parse(
  readFileSync(join(root, 'cdktf.json'), 'utf8'),
).context

const programs = join(root, '.cache', 'bench')

/** The targets of the run, as rows of a Markdown table. */
const targets: string[] = []

/** The heading under which figures are printed. */
let part = ''

export interface BenchOptions {
  readonly parts: readonly (typeof PARTS)[number][]
  /** Runs of each program. */
  readonly runs: number
  /** Files of each local day. */
  readonly files: readonly number[]
  /** Objects of each day on S3. */
  readonly s3Objects: readonly number[]
  /** Whether a local day of a million files is measured. */
  readonly million: boolean
  readonly ceilingObjects: number
}

/** Runs the benchmark and prints its figures. */
export async function runBenchmarks(options: BenchOptions): Promise<void> {
  const { runs, files, s3Objects, million, ceilingObjects } = options
  const has = (part: (typeof PARTS)[number]) => options.parts.includes(part)

  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true' // it would be printed between the figures
  await bundlePrograms()
  console.log(
    `${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}`,
  )
  console.log(
    `CPU is user + system time; medians of ${runs} alternating runs; MiB is the process's peak memory (maxRSS)\n`,
  )

  if (has('local')) {
    const measured: Record<number, Figures> = {}
    for (const count of files) measured[count] = await localDay(count, runs)
    if (million) {
      const hundredThousand = measured[100_000] ?? (await localDay(100_000, runs))
      const largest = await localDay(1_000_000, Math.min(runs, 3))
      target('a million files: CPU of the transform to that of 100,000', largest.cpu / hundredThousand.cpu, 10.5)
    }
  }
  if (has('columns')) await columns(runs)
  if (has('ceiling')) await ceiling(ceilingObjects)
  if (has('report')) await report(runs)
  if (has('s3') || has('cold') || has('ingest')) {
    const server = skipS3 ? undefined : await startS3Server()
    // startS3Server sets these to empty texts, and boto3 would look for a profile with an empty name.
    for (const name of ['AWS_PROFILE', 'AWS_SESSION_TOKEN']) delete process.env[name]
    try {
      if (has('s3') && server) {
        for (const [i, count] of s3Objects.entries()) await s3Day(server, count, runs, i === 0)
      }
      if (has('cold')) await coldStarts(server, runs)
      if (has('ingest')) await ingest(server, runs)
    } finally {
      await server?.stop()
    }
  }
  printTargets()
}

async function localDay(count: number, runs: number): Promise<Figures> {
  const lake = lakeOf(count)
  const python = withModule('pyarrow')
  const day = join(lake, 'raw', 'whatsapp', 'context_date=2026-11-20', '/')
  const script = join(root, 'scripts', 'dev', 'bench', 'pyarrow_day.py')
  await inTurn({ warm: child('floor', lake) }, 1)
  const { floor, transform, pyarrow, duckdb } = await inTurn<string>(
    {
      floor: child('floor', lake),
      transform: child('transform', lake),
      ...(python && count <= 100_000 ? { pyarrow: [python, script, day, join(lake, 'pyarrow')] } : {}),
      ...(count <= 100_000 ? { duckdb: child('duckdb', lake) } : {}),
    },
    runs,
  )
  if (!floor || !transform) throw new Error('a program did not run')
  heading(`a day of ${thousands(count)} files, local`)
  row('read and JSON.parse (the floor)', floor)
  row('transform', transform)
  if (pyarrow) row('pyarrow, the same tables', pyarrow)
  if (duckdb) row('DuckDB, read_json to Parquet *', duckdb)
  target('transform to the floor, CPU', transform.cpu / floor.cpu, count === 100_000 ? 2.4 : undefined)
  if (pyarrow) target('transform to pyarrow, CPU', transform.cpu / pyarrow.cpu, count === 100_000 ? 0.9 : undefined)
  if (duckdb) {
    target('transform to DuckDB, CPU', transform.cpu / duckdb.cpu)
    console.log('  * 5 columns, unordered, without removing duplicates')
  }
  target('Parquet of the messages to their zstd-compressed JSON, the column payload', payloadRatio(lake), 1.3)
  const limit = { 100000: 300, 1000000: 600 }[count]
  if (limit) target('peak memory of the transform, MiB', transform.rss, limit)
  return transform
}

/** The bytes of the day's file of messages to those of its column `payload`, compressed. */
function payloadRatio(lake: string): number {
  const file = readFileSync(join(lake, 'enriched', tableKey('whatsapp', DAY)))
  const bytes = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) as ArrayBuffer
  const payload = parquetMetadata(bytes)
    .row_groups.flatMap(({ columns }) => columns.flatMap(({ meta_data }) => meta_data ?? []))
    .filter(({ path_in_schema }) => path_in_schema.join() === 'payload')
  return file.length / payload.reduce((sum, { total_compressed_size }) => sum + Number(total_compressed_size), 0)
}

async function columns(runs: number): Promise<void> {
  const count = '100000'
  const { parse, writer, vectors } = await inTurn(
    { parse: child('parse', count), writer: child('columns', count), vectors: child('vectors', count) },
    runs,
  )
  heading(`from rows to Parquet, ${thousands(Number(count))} deliveries`)
  row('JSON.parse', parse)
  row('ParquetWriter', writer)
  row("apache-arrow's vectorFromArray and parquet-wasm", vectors)
  target('ParquetWriter to JSON.parse, CPU', writer.cpu / parse.cpu, 0.3)
  target('ParquetWriter to vectorFromArray, CPU', writer.cpu / vectors.cpu)
}

async function report(runs: number): Promise<void> {
  const lake = await reportLake()
  const command: Command = [
    process.execPath,
    ...[join(root, 'scripts', 'run.mjs'), 'scripts/dev/bench/report-child.ts', lake, join(lake, 'report.html')],
  ]
  await inTurn({ warm: command }, 1) // makes the bundle
  const { scan, written } = await inTurn({ scan: child('report-scan', lake), written: command }, runs)
  heading('a report of 30 days and 300,000 messages, local')
  row('DuckDB reads every column once (the floor)', scan)
  row('report', written)
  target('report to the floor, CPU', written.cpu / scan.cpu)
  target('CPU of a report, s', written.cpu / 1000, 25)
  target('a report, s', written.wall / 1000, 20)
  target('peak memory of a report, MiB', written.rss, 400)
}

async function s3Day(server: S3Server, count: number, runs: number, withLatency: boolean): Promise<void> {
  const [raw, enriched] = [(await server.bucket()).name, (await server.bucket()).name]
  console.error(`putting ${thousands(count)} objects …`)
  await fill(new S3Store(raw), count)
  const programs = {
    sdk: child('s3-sdk', raw, '50'),
    read: child('s3-read', raw),
    transform: child('s3-transform', raw, enriched),
  }
  const { sdk, read, transform } = await inTurn(programs, runs)
  heading(`a day of ${thousands(count)} objects on S3`)
  row('plain SDK GETs', sdk, count)
  row("only the store's reading", read, count)
  row('transform, with listing and storing', transform, count)
  target('objects per CPU second, reading to plain SDK GETs', sdk.cpu / read.cpu, 3, 'at least')
  target('objects per CPU second, transform to plain SDK GETs', sdk.cpu / transform.cpu, 3, 'at least')

  if (!withLatency) return
  const endpoint = new URL(process.env.AWS_ENDPOINT_URL ?? '')
  const proxy = await delayed(Number(endpoint.port), LATENCY_MS)
  const direct = { AWS_ENDPOINT_URL: endpoint.origin, AWS_ENDPOINT_URL_S3: endpoint.origin }
  const slow = `http://127.0.0.1:${proxy.port}`
  Object.assign(process.env, { AWS_ENDPOINT_URL: slow, AWS_ENDPOINT_URL_S3: slow })
  const delayedRuns = await inTurn(programs, Math.min(runs, 3))
  Object.assign(process.env, direct)
  proxy.stop()
  heading(`a day of ${thousands(count)} objects on S3, ${LATENCY_MS} ms latency`)
  row('plain SDK GETs, 50 in flight', delayedRuns.sdk, count)
  row('transform', delayedRuns.transform, count)
  target('wall clock, transform to plain SDK GETs', delayedRuns.transform.wall / delayedRuns.sdk.wall)
  target('peak memory of the transform, MiB', delayedRuns.transform.rss, 250)
}

/**
 * Extrapolates how many objects a run of 15 minutes can transform, once by wall clock and once by CPU time. The S3
 * server runs in this process, so it uses another core than the transform.
 */
async function ceiling(count: number): Promise<void> {
  const server = await endlessS3(count, LATENCY_MS)
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: server.url,
    AWS_ENDPOINT_URL_S3: server.url,
    AWS_ACCESS_KEY_ID: 'chatlake',
    AWS_SECRET_ACCESS_KEY: 'only-for-benchmarks',
    AWS_REGION: 'us-east-1',
  })
  const { transform } = await inTurn({ transform: child('s3-transform', 'raw', 'enriched') }, 1)
  server.stop()
  heading(`a day of ${thousands(count)} objects, ${LATENCY_MS} ms latency, with listing and storing`)
  row('transform', transform, count)
  const usable = LAMBDA_MS * (1 - RESERVE)
  const inThousands = (objects: number) => Math.floor(objects / 1000)
  target(
    'thousands of objects in 15 minutes, by wall clock on this machine',
    inThousands((usable / transform.wall) * count),
  )
  target(
    `the same, by CPU time of a Lambda with ${transformMemoryMb} MB (1,769 MB per core)`,
    inThousands(((usable * transformMemoryMb) / 1769 / transform.cpu) * count),
  )
}

async function coldStarts(server: S3Server | undefined, runs: number): Promise<void> {
  spawnSync(process.execPath, ['scripts/run.mjs', 'scripts/dev/build.ts'], { cwd: root, stdio: 'inherit' })
  const bundle = (name: string) => join(root, 'dist', name)
  const cold = (name: string, what: string): Command => [
    process.execPath,
    join(root, 'scripts', 'dev', 'bench', 'cold.mjs'),
    join(bundle(name), 'index.mjs'),
    what,
  ]
  const bucket = (await server?.bucket())?.name
  Object.assign(process.env, {
    VERIFY_TOKEN: 'secret',
    WHATSAPP_APP_SECRET: 'secret',
    TELEGRAM_SECRET_TOKEN: 'secret',
    ...(bucket ? { AWS_S3_BUCKET: bucket, AWS_S3_RAW: bucket, AWS_S3_ENRICHED: bucket } : {}),
    AWS_REGION: process.env.AWS_REGION ?? 'us-east-1',
    AWS_DEFAULT_REGION: process.env.AWS_REGION ?? 'us-east-1',
  })
  const python = withModule('boto3')
  const script = join(root, 'scripts', 'dev', 'bench', 'boto3_client.py')
  const taken = await inTurn<string>(
    {
      node: [
        process.execPath,
        '-p',
        'const c = process.cpuUsage(); JSON.stringify({ cpu: (c.user + c.system) / 1000 })',
      ],
      'whatsapp-ingest, verification request': cold('whatsapp-ingest', 'verify'),
      'telegram-ingest, 401': cold('telegram-ingest', 'unauthorized'),
      ...(bucket ? { 'whatsapp-ingest, signed POST, stored': cold('whatsapp-ingest', 'post') } : {}),
      ...(bucket ? { 'whatsapp-transform, empty day': cold('whatsapp-transform', 'day') } : {}),
      ...(bucket ? { 'telegram-transform, empty day': cold('telegram-transform', 'day') } : {}),
      ...(python ? { 'boto3, a client': [python, script] } : {}),
      ...(python && bucket ? { 'boto3, a client and a put': [python, script, bucket] } : {}),
    },
    runs * 2,
  )
  heading('cold start', ', from the start of the process to the first answer')
  for (const [name, figures] of Object.entries(taken)) row(name, figures)
  const ratio = (measured: string, baseline: string, limit: number) => {
    for (const figure of ['cpu', 'wall'] as const) {
      const value = (taken[measured]?.[figure] ?? Number.NaN) / (taken[baseline]?.[figure] ?? Number.NaN)
      if (!Number.isNaN(value)) target(`${measured}, to ${baseline}, ${figure}`, value, limit)
    }
  }
  ratio('whatsapp-ingest, verification request', 'boto3, a client', 0.45)
  ratio('telegram-ingest, 401', 'boto3, a client', 0.45)
  ratio('whatsapp-ingest, signed POST, stored', 'boto3, a client and a put', 0.55)
  for (const { name } of sources) {
    const folder = bundle(`${name}-ingest`)
    const bytes = readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)
    target(`${name}-ingest, KB`, bytes / 1000, 560)
  }
}

async function ingest(server: S3Server | undefined, runs: number): Promise<void> {
  const [many, few] = [20_000, 1_000]
  const bucket = (await server?.bucket())?.name
  const taken = await inTurn<string>(
    {
      alone: child('ingest', String(many)),
      ...(bucket ? { stored: child('ingest', String(few), bucket) } : {}),
    },
    runs,
  )
  heading('ingest, warm')
  if (taken.alone) row('without storing', taken.alone, many)
  if (taken.stored) row('stored on S3', taken.stored, few)
  const perSecond = ({ wall }: Figures, count: number) => (count * 1000) / wall
  if (taken.alone) target('requests per second without storing, one at a time', perSecond(taken.alone, many))
  if (taken.stored) target('requests per second stored on S3, 16 concurrently', perSecond(taken.stored, few))
  if (taken.alone) target('CPU of a request without storing, ms', taken.alone.cpu / many, 0.05)
}

/** Bundles the measured programs like the Lambda functions, so that no TypeScript is compiled in them. */
async function bundlePrograms(): Promise<void> {
  rmSync(programs, { recursive: true, force: true })
  await build({
    entryPoints: { child: join(root, 'scripts', 'dev', 'bench', 'child.ts') },
    outdir: programs,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    mainFields: ['module', 'main'],
    external: ['parquet-wasm', '@duckdb/node-api'],
    banner: {
      js: "import { createRequire as benchRequire } from 'node:module'; const require = benchRequire(import.meta.url);",
    },
    logLevel: 'warning',
  })
}

function child(...args: string[]): Command {
  return [process.execPath, join(programs, 'child.mjs'), ...args]
}

/** Finds a Python that has a module. Without one it prints a warning, and the baseline is skipped. */
function withModule(module: string): string | undefined {
  const candidates = [join(cache, 'bench-venv', 'bin', 'python'), 'python3']
  const found = candidates.find(
    python =>
      (python === 'python3' || existsSync(python)) && spawnSync(python, ['-c', `import ${module}`]).status === 0,
  )
  if (!found) console.warn(`\n!!! SKIPPED: no Python with ${module}: its baseline is not measured\n`)
  return found
}

function heading(text: string, more = ''): void {
  part = text
  console.log(`\n${text}${more}`)
}

function thousands(count: number): string {
  return count.toLocaleString('en-US')
}

/** Prints the figures of a program. @param count of the items that it processed, to print the CPU per item */
function row(name: string, { cpu, wall, rss }: Figures, count?: number): void {
  const each = count ? `${((cpu * 1000) / count).toFixed(0).padStart(6)} µs CPU per item` : ''
  const peak = Number.isNaN(rss) ? '' : `${rss.toFixed(0).padStart(6)} MiB`
  console.log(
    `  ${name.padEnd(46)} ${cpu.toFixed(0).padStart(7)} ms CPU ${wall.toFixed(0).padStart(7)} ms ${peak} ${each}`,
  )
}

/** Prints a ratio or another figure, with its target where there is one. */
function target(name: string, value: number, limit?: number, sense: 'at most' | 'at least' = 'at most'): void {
  const isMet = limit === undefined || (sense === 'at most' ? value <= limit : value >= limit)
  const verdict = isMet ? 'met' : 'NOT MET'
  const measured = value.toFixed(value < 10 ? 3 : 0)
  const beside = limit === undefined ? '' : `${sense} ${limit}: ${verdict}`
  console.log(`  → ${name.padEnd(66)} ${measured.padStart(6)}  ${beside}`)
  if (limit !== undefined) targets.push(`| ${part}: ${name} | ${measured} | ${sense} ${limit} | ${verdict} |`)
}

function printTargets(): void {
  if (targets.length === 0) return
  console.log(['\n| what | measured | target | verdict |', '|---|--:|---|---|', ...targets].join('\n'))
}
