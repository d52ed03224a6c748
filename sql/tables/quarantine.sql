-- What could not become a row: one row for each message, or for a whole body, and the reason.
-- <bucket> stands for the enriched bucket. Partitions are projected from the dates: no MSCK REPAIR, no crawler.
create external table if not exists `quarantine` (
  `raw_key`     string,
  `reason`      string,
  `detail`      string,
  `payload`     string,
  `received_at` bigint
)
partitioned by (
  `source`       string,
  `context_date` date
)
row format serde 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
stored as
  inputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat'
  outputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat'
location 's3://<bucket>/quarantine/'
tblproperties (
  'parquet.compression' = 'ZSTD',
  'projection.enabled' = 'true',
  'projection.source.type' = 'enum',
  'projection.source.values' = 'whatsapp,telegram',
  'projection.context_date.type' = 'date',
  'projection.context_date.range' = '2023-01-01,NOW',
  'projection.context_date.format' = 'yyyy-MM-dd',
  'projection.context_date.interval' = '1',
  'projection.context_date.interval.unit' = 'DAYS',
  'storage.location.template' = 's3://<bucket>/quarantine/source=${source}/context_date=${context_date}/'
)
