-- WhatsApp messages in both directions, one row each. Days of version 0.1.0 have nulls from `direction` on.
-- <bucket> stands for the enriched bucket. Partitions are projected from the dates: no MSCK REPAIR, no crawler.
create external table if not exists `whatsapp` (
  `name`            string,
  `number`          bigint,
  `message`         string,
  `date`            bigint,
  `type`            string,
  `message_id`      string,
  `user_id`         string,
  `phone_number_id` string,
  `reply_to`        string,
  `media_id`        string,
  `media_type`      string,
  `received_at`     bigint,
  `direction`       string,
  `field`           string,
  `person`          string,
  `username`        string,
  `group_id`        string,
  `target_id`       string,
  `selection_id`    string,
  `response`        string,
  `forwarded`       string,
  `referral_id`     string,
  `ctwa_clid`       string,
  `latitude`        double,
  `longitude`       double,
  `error_code`      bigint,
  `payload`         string
)
partitioned by (
  `context_date` date
)
row format serde 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
stored as
  inputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat'
  outputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat'
location 's3://<bucket>/whatsapp/'
tblproperties (
  'parquet.compression' = 'ZSTD',
  'projection.enabled' = 'true',
  'projection.context_date.type' = 'date',
  'projection.context_date.range' = '2023-01-01,NOW',
  'projection.context_date.format' = 'yyyy-MM-dd',
  'projection.context_date.interval' = '1',
  'projection.context_date.interval.unit' = 'DAYS',
  'storage.location.template' = 's3://<bucket>/whatsapp/context_date=${context_date}/'
)
