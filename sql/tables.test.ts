import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { sources } from '../handlers/sources/index.ts'
import { tables } from '../handlers/sources/tables.ts'

const DIRECTORY = new URL('tables/', import.meta.url)

describe('sql/tables', () => {
  it('has one file for each table', () => {
    assert.deepEqual(readdirSync(DIRECTORY).sort(), tables.map(({ name }) => `${name}.sql`).sort())
  })

  for (const { name, columns, partitions } of tables) {
    it(`declares ${name} as handlers/sources/tables.ts does`, () => {
      const ddl = parseCreateTable(readFileSync(new URL(`${name}.sql`, DIRECTORY), 'utf8'))
      assert.equal(ddl.table, name)
      assert.deepEqual(ddl.columns, Object.entries(columns))
      assert.deepEqual(
        ddl.partitions,
        partitions.map(({ name, type }) => [name, type]),
      )
      const parquet = 'org.apache.hadoop.hive.ql.io.parquet'
      assert.equal(ddl.serde, `${parquet}.serde.ParquetHiveSerDe`)
      assert.equal(ddl.inputFormat, `${parquet}.MapredParquetInputFormat`)
      assert.equal(ddl.outputFormat, `${parquet}.MapredParquetOutputFormat`)
      assert.equal(ddl.location, `s3://<bucket>/${name}/`)
    })

    it(`projects the partitions of ${name}`, () => {
      const { properties } = parseCreateTable(readFileSync(new URL(`${name}.sql`, DIRECTORY), 'utf8'))
      const folders = partitions.map(partition => `${partition.name}=\${${partition.name}}/`).join('')
      assert.deepEqual(properties, {
        'parquet.compression': 'ZSTD',
        'projection.enabled': 'true',
        ...(partitions.some(partition => partition.name === 'source') && {
          'projection.source.type': 'enum',
          'projection.source.values': sources.map(source => source.name).join(','),
        }),
        'projection.context_date.type': 'date',
        'projection.context_date.range': '2023-01-01,NOW',
        'projection.context_date.format': 'yyyy-MM-dd',
        'projection.context_date.interval': '1',
        'projection.context_date.interval.unit': 'DAYS',
        'storage.location.template': `s3://<bucket>/${name}/${folders}`,
      })
    })
  }

  it('is parsed strictly: other statements are refused', () => {
    const good = readFileSync(new URL('whatsapp.sql', DIRECTORY), 'utf8')
    for (const [from, to] of [
      ['partitioned by', 'partitionedby'],
      ['`name`', "'name'"],
      [' bigint,', ','],
      [' bigint,', ' bigint;'],
      ["'projection.enabled' = 'true'", "'projection.enabled', 'true'"],
      ['`number`', '`name`'],
      ["'true',", "'true',\n  'projection.enabled' = 'false',"],
    ] as const) {
      assert.ok(good.includes(from), from)
      assert.throws(() => parseCreateTable(good.replace(from, to)), `${from} → ${to}`)
    }
    assert.throws(() => parseCreateTable(`${good};\nselect 1`))
  })
})

type Pairs = [name: string, value: string][]

/** Parses one CREATE EXTERNAL TABLE with its clauses in Athena's order. @throws for anything else */
function parseCreateTable(sql: string) {
  const tokens = tokenize(sql)
  let at = 0
  const next = () => tokens[at++] ?? { kind: 'end', text: '' }
  const words = (...expected: string[]) => {
    for (const word of expected) {
      const { kind, text } = next()
      assert.ok(kind === 'word' && text.toLowerCase() === word, `${word} expected, not ${text}`)
    }
  }
  const mark = (expected: string) => {
    const { kind, text } = next()
    assert.ok(kind === 'mark' && text === expected, `${expected} expected, not ${text}`)
  }
  const of = (wanted: string) => {
    const { kind, text } = next()
    assert.equal(kind, wanted, `a ${wanted} expected, not ${text}`)
    return text
  }
  const list = (pair: () => [string, string]) => {
    const pairs: Pairs = []
    mark('(')
    for (;;) {
      pairs.push(pair())
      if (tokens[at]?.text === ')') break
      mark(',')
    }
    mark(')')
    assert.equal(new Set(pairs.map(([name]) => name)).size, pairs.length, 'a name twice')
    return pairs
  }
  const column = (): [string, string] => [of('name'), of('word')]
  const property = (): [string, string] => {
    const name = of('text')
    mark('=')
    return [name, of('text')]
  }

  words('create', 'external', 'table', 'if', 'not', 'exists')
  const table = of('name')
  const columns = list(column)
  words('partitioned', 'by')
  const partitions = list(column)
  words('row', 'format', 'serde')
  const serde = of('text')
  words('stored', 'as', 'inputformat')
  const inputFormat = of('text')
  words('outputformat')
  const outputFormat = of('text')
  words('location')
  const location = of('text')
  words('tblproperties')
  const properties = Object.fromEntries(list(property))
  assert.equal(next().kind, 'end', 'the end of the statement')
  return { table, columns, partitions, serde, inputFormat, outputFormat, location, properties }
}

interface Token {
  readonly kind: string
  readonly text: string
}

/** Tokens without comments and blanks: a name in backticks, a text in single quotes, a word, or one of `( ) , =`. */
function tokenize(sql: string): Token[] {
  const tokens: Token[] = []
  const pattern = /--[^\n]*|\s+|`(?<name>[^`]+)`|'(?<text>[^']*)'|(?<word>[a-z]\w*)|(?<mark>[(),=])/iy
  while (pattern.lastIndex < sql.length) {
    const start = pattern.lastIndex
    const match = pattern.exec(sql)
    assert.ok(match, `no token at ${JSON.stringify(sql.slice(start, start + 20))}`)
    for (const [kind, text] of Object.entries(match.groups ?? {})) if (text !== undefined) tokens.push({ kind, text })
  }
  return tokens
}
