import { GlueCatalogDatabase } from '@cdktf/provider-aws/lib/glue-catalog-database/index.js'
import { GlueCatalogTable } from '@cdktf/provider-aws/lib/glue-catalog-table/index.js'
import { Construct } from 'constructs'
import { type Table, tablesOf } from '../handlers/sources/tables.ts'
import { namesOf } from '../handlers/sources/translations.ts'
import { inTimeZone } from '../sql/time-zone.ts'
import { savedViews, type View, type ViewType } from '../sql/views.ts'
import type { Deployment } from './deployment.ts'
import type { LakeBucket } from './lake-buckets.ts'

/**
 * The Glue database, tables and views. Platforms that are not chosen have their tables, too, so that every saved query
 * and every view works.
 * Partitions are projected: without a crawler or MSCK REPAIR TABLE, a day can be queried as soon as its file exists.
 */
export class Catalog extends Construct {
  readonly database: string

  constructor(
    scope: Construct,
    id: string,
    { deployment, enriched }: { deployment: Deployment; enriched: LakeBucket },
  ) {
    super(scope, id)
    const databaseName = deployment.name('lake').replaceAll('-', '_') // with hyphens SQL would have to quote it
    this.database = new GlueCatalogDatabase(this, 'database', {
      name: databaseName,
      description: `${namesOf(deployment.knownSources)} messages`,
    }).name

    for (const { name, columns, partitions } of tablesOf(deployment.knownSources)) {
      const location = `s3://${enriched.bucket}/${name}/`
      new GlueCatalogTable(this, name, {
        name,
        databaseName: this.database,
        tableType: 'EXTERNAL_TABLE',
        parameters: {
          EXTERNAL: 'TRUE',
          classification: 'parquet',
          'projection.enabled': 'true',
          ...Object.assign({}, ...partitions.map(partition => projection(partition, deployment))),
          'storage.location.template': location + partitions.map(({ name }) => `${name}=$\${${name}}/`).join(''),
        },
        partitionKeys: partitions.map(({ name, type }) => ({ name, type })),
        storageDescriptor: {
          location,
          columns: Object.entries(columns).map(([name, type]) => ({ name, type })),
          inputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
          outputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
          serDeInfo: { serializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe' },
        },
      })
    }
    for (const view of savedViews()) {
      new GlueCatalogTable(this, view.name, {
        name: view.name,
        databaseName: this.database,
        description: view.title,
        tableType: 'VIRTUAL_VIEW',
        parameters: { presto_view: 'true' },
        storageDescriptor: { columns: view.columns.map(({ name, type }) => ({ name, type: TYPE_NAMES[type].hive })) },
        viewOriginalText: `/* Presto View: ${prestoView(view, databaseName, deployment.timeZone)} */`,
        viewExpandedText: '/* Presto View */',
      })
    }
  }
}

/** A view as Athena keeps it in Glue: JSON in base64. Athena documents only the statement that creates one. */
function prestoView({ sql, columns }: View, schema: string, timeZone: string): string {
  const json = JSON.stringify({
    originalSql: inTimeZone(sql, timeZone),
    catalog: 'awsdatacatalog',
    schema,
    columns: columns.map(({ name, type }) => ({ name, type: TYPE_NAMES[type].trino })),
    runAsInvoker: true,
  })
  return Buffer.from(json).toString('base64')
}

/** For each type of a view's column the names of Hive and Trino. */
const TYPE_NAMES: Readonly<Record<ViewType, { readonly hive: string; readonly trino: string }>> = {
  varchar: { hive: 'string', trino: 'varchar' },
  bigint: { hive: 'bigint', trino: 'bigint' },
  double: { hive: 'double', trino: 'double' },
  boolean: { hive: 'boolean', trino: 'boolean' },
  date: { hive: 'date', trino: 'date' },
  timestamp: { hive: 'timestamp', trino: 'timestamp(3)' },
}

/**
 * The values that a partition column has. `NOW` is UTC's day, so a lake east of UTC is a day ahead of it for some hours.
 * @see https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
 */
function projection({ name, type }: Table['partitions'][number], { knownSources, since }: Deployment) {
  const properties: Record<string, string> =
    type === 'date'
      ? { type: 'date', range: `${since},NOW+1DAYS`, format: 'yyyy-MM-dd', interval: '1', 'interval.unit': 'DAYS' }
      : { type: 'enum', values: knownSources.map(source => source.name).join(',') }
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [`projection.${name}.${key}`, value]))
}
