import { GlueCatalogDatabase } from '@cdktf/provider-aws/lib/glue-catalog-database/index.js'
import { GlueCatalogTable } from '@cdktf/provider-aws/lib/glue-catalog-table/index.js'
import { Construct } from 'constructs'
import { type Table, tablesOf } from '../handlers/sources/tables.ts'
import { namesOf } from '../handlers/sources/translations.ts'
import type { Deployment } from './deployment.ts'
import type { LakeBucket } from './lake-buckets.ts'

/**
 * The Glue database and tables. Platforms that are not chosen have their tables, too, so that every saved query works.
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
    this.database = new GlueCatalogDatabase(this, 'database', {
      name: deployment.name('lake').replaceAll('-', '_'), // with hyphens the name would have to be quoted in SQL
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
  }
}

/** @see https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html */
function projection({ name, type }: Table['partitions'][number], { knownSources }: Deployment): Record<string, string> {
  const properties: Record<string, string> =
    type === 'date'
      ? { type: 'date', range: '2023-01-01,NOW', format: 'yyyy-MM-dd', interval: '1', 'interval.unit': 'DAYS' }
      : { type: 'enum', values: knownSources.map(source => source.name).join(',') }
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [`projection.${name}.${key}`, value]))
}
