-- Telegram messages and channel posts, one row each. Days of version 0.1.0 have nulls from `direction` on.
-- <bucket> stands for the enriched bucket. Partitions are projected from the dates: no MSCK REPAIR, no crawler.
create external table if not exists `telegram` (
  `message_id`             bigint,
  `user_id`                bigint,
  `user_is_bot`            boolean,
  `user_first_name`        string,
  `chat_id`                bigint,
  `chat_type`              string,
  `text`                   string,
  `date`                   bigint,
  `update_id`              bigint,
  `reply_to`               bigint,
  `thread_id`              bigint,
  `media_type`             string,
  `received_at`            bigint,
  `direction`              string,
  `kind`                   string,
  `type`                   string,
  `person`                 string,
  `user_last_name`         string,
  `user_username`          string,
  `chat_title`             string,
  `sender_chat_id`         bigint,
  `media_group_id`         string,
  `is_topic_message`       boolean,
  `is_automatic_forward`   boolean,
  `forward_type`           string,
  `business_connection_id` string,
  `latitude`               double,
  `longitude`              double,
  `payload`                string
)
partitioned by (
  `context_date` date
)
row format serde 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
stored as
  inputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat'
  outputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat'
location 's3://<bucket>/telegram/'
tblproperties (
  'parquet.compression' = 'ZSTD',
  'projection.enabled' = 'true',
  'projection.context_date.type' = 'date',
  'projection.context_date.range' = '2023-01-01,NOW',
  'projection.context_date.format' = 'yyyy-MM-dd',
  'projection.context_date.interval' = '1',
  'projection.context_date.interval.unit' = 'DAYS',
  'storage.location.template' = 's3://<bucket>/telegram/context_date=${context_date}/'
)
