-- Statuses of the messages that the business sent on WhatsApp (sent, delivered, read, failed …), one row each.
-- <bucket> stands for the enriched bucket. Partitions are projected from the dates: no MSCK REPAIR, no crawler.
create external table if not exists `whatsapp_statuses` (
  `message_id`        string,
  `status`            string,
  `date`              bigint,
  `type`              string,
  `person`            string,
  `number`            bigint,
  `user_id`           string,
  `username`          string,
  `group_id`          string,
  `phone_number_id`   string,
  `pricing_category`  string,
  `pricing_type`      string,
  `pricing_model`     string,
  `billable`          boolean,
  `conversation_id`   string,
  `conversation_type` string,
  `error_code`        bigint,
  `error_title`       string,
  `callback_data`     string,
  `received_at`       bigint,
  `payload`           string
)
partitioned by (
  `context_date` date
)
row format serde 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
stored as
  inputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat'
  outputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat'
location 's3://<bucket>/whatsapp_statuses/'
tblproperties (
  'parquet.compression' = 'ZSTD',
  'projection.enabled' = 'true',
  'projection.context_date.type' = 'date',
  'projection.context_date.range' = '2023-01-01,NOW',
  'projection.context_date.format' = 'yyyy-MM-dd',
  'projection.context_date.interval' = '1',
  'projection.context_date.interval.unit' = 'DAYS',
  'storage.location.template' = 's3://<bucket>/whatsapp_statuses/context_date=${context_date}/'
)
