-- What happened and is neither a message nor a status: calls, edits, reactions, opt-outs … One row each.
-- <bucket> stands for the enriched bucket. Partitions are projected from the dates: no MSCK REPAIR, no crawler.
create external table if not exists `events` (
  `kind`        string,
  `event`       string,
  `id`          string,
  `date`        bigint,
  `person`      string,
  `chat`        string,
  `message_id`  string,
  `text`        string,
  `payload`     string,
  `raw_key`     string,
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
location 's3://<bucket>/events/'
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
  'storage.location.template' = 's3://<bucket>/events/source=${source}/context_date=${context_date}/'
)
