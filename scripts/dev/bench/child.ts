import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { APIGatewayProxyEvent } from 'aws-lambda'
import { rawPrefix } from '../../../handlers/lake/layout.ts'
import { rowsIn } from '../../../handlers/sources/testing/fixtures.ts'
import { messageColumns } from '../../../handlers/sources/whatsapp/columns.ts'
import { whatsapp } from '../../../handlers/sources/whatsapp/index.ts'
import { DAY, LAMBDA_MS, SEED } from './days.ts'
import { deliveries } from './deliveries.ts'

/*
 * One measured program in a process of its own: `child <program> <argument>…`. Prints a line of JSON: the CPU time
 * (user and system, all threads) and the wall clock of the work in milliseconds, both without loading code, and the
 * process's peak memory in MiB.
 */

type Work = () => unknown

/** Each prepares its work, which is not measured, and returns the work that is. */
const programs: Readonly<Record<string, (...args: string[]) => Promise<Work>>> = {
  /** Reads and parses every file: the minimum for any program. */
  async floor(lake = '') {
    return () => {
      let deliveries = 0
      for (const path of rawFiles(lake)) if (JSON.parse(readFileSync(path, 'utf8'))) deliveries++
      return deliveries
    }
  },

  async transform(lake = '') {
    const { DirectoryStore } = await import('../../../handlers/lake/directory-store.ts')
    const { transformDay } = await import('../../../handlers/transform/transform-day.ts')
    const stores = { raw: new DirectoryStore(join(lake, 'raw')), enriched: new DirectoryStore(join(lake, 'enriched')) }
    return () => transformDay(whatsapp, DAY, stores)
  },

  async duckdb(lake = '') {
    const { DuckDBInstance } = await import('@duckdb/node-api')
    const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect()
    const [files, table] = [join(lake, 'raw', rawPrefix('whatsapp', DAY), '*.json'), join(lake, 'duckdb.parquet')]
    // With declared columns: detecting them in 100,000 files takes DuckDB minutes and more than a gigabyte.
    const message = 'STRUCT(id VARCHAR, "from" VARCHAR, "timestamp" VARCHAR, type VARCHAR, text STRUCT(body VARCHAR))'
    const columns = `{ entry: 'STRUCT(changes STRUCT(value STRUCT(messages ${message}[]))[])[]' }`
    return () =>
      connection.run(`COPY (
        WITH changes AS (SELECT unnest(entry[1].changes) AS change FROM read_json('${files}', columns = ${columns})),
        messages AS (SELECT unnest(change.value.messages) AS message FROM changes)
        SELECT message.id, message."from", message.timestamp, message.type, message.text.body FROM messages
      ) TO '${table}' (FORMAT parquet, COMPRESSION zstd)`)
  },

  async parse(count = '') {
    const bodies = [...deliveries(Number(count), SEED)].map(String)
    return () => {
      for (const body of bodies) JSON.parse(body)
    }
  },

  async columns(count = '') {
    const { ParquetWriter } = await import('../../../handlers/lake/parquet.ts')
    const rows = rowsOf(Number(count))
    return async () => {
      const writer = new ParquetWriter(messageColumns)
      for (const row of rows) {
        writer.append(row)
        if (writer.encoding) await writer.encoding
      }
      return writer.finish()
    }
  },

  /** The same Parquet file with apache-arrow's vectorFromArray. */
  async vectors(count = '') {
    const arrow = await import('apache-arrow')
    const parquet = await import('parquet-wasm')
    const rows = [...deliveries(Number(count), SEED)].flatMap(body => rowsIn(whatsapp.parse(body, 0), 'whatsapp'))
    const types = {
      string: new arrow.Utf8(),
      bigint: new arrow.Int64(),
      double: new arrow.Float64(),
      boolean: new arrow.Bool(),
    }
    return () => {
      const columns = Object.entries(messageColumns).map(([name, type]) => {
        const values = rows.map(row => row[name] ?? null)
        return [name, arrow.vectorFromArray(type === 'bigint' ? values.map(bigint) : values, types[type])]
      })
      const table = new arrow.Table(Object.fromEntries(columns))
      // The properties of ParquetWriter, so that only the way to the table differs.
      const properties = new parquet.WriterPropertiesBuilder()
        .setCompression(parquet.Compression.ZSTD)
        .setDictionaryEnabled(false)
        .setStatisticsEnabled(parquet.EnabledStatistics.Chunk)
        .setMaxRowGroupSize(131_072)
        .build()
      return parquet.writeParquet(parquet.Table.fromIPCStream(arrow.tableToIPC(table, 'stream')), properties)
    }
  },

  async 's3-sdk'(bucket = '', inFlight = '') {
    const { GetObjectCommand, paginateListObjectsV2, S3Client } = await import('@aws-sdk/client-s3')
    const client = new S3Client({ forcePathStyle: true })
    const keys: string[] = []
    for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: rawPrefix('whatsapp', DAY) }))
      keys.push(...(page.Contents ?? []).map(({ Key = '' }) => Key))
    return async () => {
      const next = keys.values()
      const getAll = async () => {
        for (const Key of next)
          await (await client.send(new GetObjectCommand({ Bucket: bucket, Key }))).Body?.transformToByteArray()
      }
      await Promise.all(Array.from({ length: Number(inFlight) }, getAll))
    }
  },

  async 's3-read'(bucket = '') {
    const { S3Store } = await import('../../../handlers/lake/s3-store.ts')
    const { DayListing } = await import('../../../handlers/transform/day-listing.ts')
    const store = new S3Store(bucket)
    const arrivals = await DayListing.list(store, rawPrefix('whatsapp', DAY))
    return () => store.readEach(arrivals, () => undefined)
  },

  /** Like a Lambda function with a timeout of 15 minutes. */
  async 's3-transform'(bucket = '', enriched = '') {
    const { S3Store } = await import('../../../handlers/lake/s3-store.ts')
    const { timeLimit } = await import('../../../handlers/transform/time-limit.ts')
    const { transformDay } = await import('../../../handlers/transform/transform-day.ts')
    const stores = { raw: new S3Store(bucket), enriched: new S3Store(enriched) }
    return () => {
      const end = Date.now() + LAMBDA_MS
      return transformDay(
        whatsapp,
        DAY,
        stores,
        timeLimit(() => end - Date.now()),
      )
    }
  },

  /** Reads every column of every table of a lake once: the minimum for a program that answers from payloads too. */
  async 'report-scan'(lake = '') {
    const { DuckDBInstance } = await import('@duckdb/node-api')
    const connection = await (await DuckDBInstance.create(':memory:')).connect()
    const files = join(lake, 'enriched', '**', '*.parquet')
    return () => connection.run(`select sum(hash(COLUMNS(*))) from read_parquet('${files}', union_by_name = true)`)
  },

  /** Sends signed deliveries to the ingest handler, which stores them in a bucket, or nowhere without one. */
  async ingest(count = '', bucket = '') {
    const { ingestHandler } = await import('../../../handlers/ingest/handler.ts')
    const { Configuration } = await import('../../../handlers/webhook/configuration.ts')
    const { S3Store } = await import('../../../handlers/lake/s3-store.ts')
    const { dayIn } = await import('../../../handlers/lake/calendar.ts')
    const { proxyEvent } = await import('../../../handlers/ingest/testing/deliveries.ts')
    const raw = bucket
      ? new S3Store(bucket)
      : Object.assign(new S3Store('none'), { putIfAbsent: async () => 'created' })
    const configuration = new Configuration({ WHATSAPP_APP_SECRET: 'secret' })
    const handler = ingestHandler(
      whatsapp,
      { configuration, raw: () => raw, day: dayIn('America/Sao_Paulo') },
      () => {},
    )
    // Serialized and parsed, as in Lambda: otherwise the handler would flatten V8's concatenated strings.
    const events: readonly APIGatewayProxyEvent[] = [...deliveries(Number(count), Date.now())].map(body => {
      const headers = { ...HEADERS, ...whatsapp.webhook.sign(body, () => 'secret', Date.now()) }
      return JSON.parse(JSON.stringify(proxyEvent({ headers, body, at: Date.now() })))
    })
    return async () => {
      const next = events.values()
      const send = async () => {
        for (const event of next) {
          const { statusCode } = await handler(event)
          if (statusCode !== 200) throw new Error(`answered ${statusCode}`)
        }
      }
      await Promise.all(Array.from({ length: bucket ? 16 : 1 }, send))
    }
  },
}

/** The headers of a delivery by Meta through API Gateway, without the signature. */
const HEADERS = {
  Accept: '*/*',
  'Accept-Encoding': 'deflate, gzip',
  'Content-Type': 'application/json',
  Host: 'a1b2c3d4e5.execute-api.sa-east-1.amazonaws.com',
  'User-Agent': 'facebookexternalua',
  'X-Amzn-Trace-Id': 'Root=1-65f0a1b2-0123456789abcdef01234567',
  'X-Forwarded-For': '192.0.2.1',
  'X-Forwarded-Port': '443',
  'X-Forwarded-Proto': 'https',
}

const rawFiles = (lake: string) => {
  const folder = join(lake, 'raw', rawPrefix('whatsapp', DAY))
  return readdirSync(folder).map(name => folder + name)
}

const rowsOf = (count: number) =>
  [...deliveries(count, SEED)].flatMap(body => whatsapp.parse(body, 0).rows.map(({ row }) => row))

/** apache-arrow needs BigInts for int64. */
const bigint = (value: unknown) => (typeof value === 'number' ? BigInt(value) : value)

const [name = '', ...args] = process.argv.slice(2)
const work = await programs[name]?.(...args)
if (!work) throw new Error(`no program ${name}`)
const [cpu, start] = [process.cpuUsage(), performance.now()]
await work()
const { user, system } = process.cpuUsage(cpu)
console.log(
  JSON.stringify({
    cpu: (user + system) / 1000,
    wall: performance.now() - start,
    rss: process.resourceUsage().maxRSS / 1024,
  }),
)
process.exit()
