-- title: Messages as they stand now
-- description: The messages of every platform with their last edited text. An edit or a deletion is no message of its
--   own, nor is a placeholder whose content came later.
-- grain: one row per message
-- days: all
-- columns: platform varchar, direction varchar, sent_at timestamp, received_at timestamp, edited_at timestamp,
--   deleted_at timestamp, person varchar, name varchar, username varchar, number bigint, is_bot boolean,
--   phone_number_id varchar, business_connection_id varchar, chat varchar, chat_type varchar, chat_title varchar,
--   thread_id varchar, message_id varchar, kind varchar, type varchar, is_service boolean, text varchar,
--   media_id varchar, media_type varchar, media_group_id varchar, reply_to varchar, target_id varchar,
--   selection_id varchar, response varchar, forwarded varchar, is_automatic_forward boolean, referral_id varchar,
--   ctwa_clid varchar, latitude double, longitude double, error_code bigint, payload varchar, context_date date,
--   counted_as varchar, delay_seconds bigint, sent_epoch bigint
with changes as (
  select
    'whatsapp' as platform,
    target_id as message,
    type = 'revoke' as is_deletion,
    message as text,
    case when "date" between received_at - 604800 and received_at + 86400 then "date" else received_at end as changed,
    message_id as id
  from "whatsapp"
  where type in ('edit', 'revoke')
  union all
  select
    'telegram' as platform,
    coalesce(json_extract_scalar(payload, '$.business_connection_id'), '') || ' ' || chat || ' ' || message_id as message,
    false as is_deletion,
    text,
    case when "date" between received_at - 604800 and received_at + 86400 then "date" else received_at end as changed,
    id
  from "events"
  where source = 'telegram' and kind in ('edited_message', 'edited_channel_post', 'edited_business_message')
  union all
  select
    'telegram' as platform,
    coalesce(json_extract_scalar(payload, '$.business_connection_id'), '') || ' ' || chat || ' ' || deleted.item as message,
    true as is_deletion,
    null as text,
    received_at as changed,
    id
  from "events"
  cross join unnest(
    regexp_extract_all(regexp_extract(payload, '"message_ids"\s*:\s*\[[^\]]*\]'), '\d+')
  ) as deleted(item)
  where source = 'telegram' and kind = 'deleted_business_messages'
),
ranked as (
  select
    platform,
    message,
    is_deletion,
    text,
    cast(from_unixtime(changed, 'America/Sao_Paulo') as timestamp) as changed_at,
    row_number() over (partition by platform, message, is_deletion order by changed desc, id desc) as place
  from changes
),
edits as (
  select platform, message, text, changed_at from ranked where place = 1 and not is_deletion
),
deletions as (
  select platform, message, changed_at from ranked where place = 1 and is_deletion
),
placeholders as (
  select distinct message_id
  from "whatsapp"
  where type = 'media_placeholder' or (type = 'unsupported' and error_code = 131060)
),
filled as (
  select distinct 'whatsapp' as platform, placeholders.message_id
  from "whatsapp" as content
  join placeholders on placeholders.message_id = content.message_id
  where content.type not in ('media_placeholder', 'unsupported')
),
delivered as (
  select
    *,
    case
      when platform = 'whatsapp' then message_id
      else coalesce(business_connection_id, '') || ' ' || chat || ' ' || message_id
    end as message
  from messages
  where coalesce(type, 'text') not in ('edit', 'revoke')
)
select
  delivered.platform,
  delivered.direction,
  delivered.sent_at,
  delivered.received_at,
  edits.changed_at as edited_at,
  deletions.changed_at as deleted_at,
  delivered.person,
  delivered.name,
  delivered.username,
  delivered.number,
  delivered.is_bot,
  delivered.phone_number_id,
  delivered.business_connection_id,
  delivered.chat,
  delivered.chat_type,
  delivered.chat_title,
  delivered.thread_id,
  delivered.message_id,
  delivered.kind,
  delivered.type,
  delivered.is_service,
  case when edits.message is not null then edits.text else delivered.text end as text,
  delivered.media_id,
  delivered.media_type,
  delivered.media_group_id,
  delivered.reply_to,
  delivered.target_id,
  delivered.selection_id,
  delivered.response,
  delivered.forwarded,
  delivered.is_automatic_forward,
  delivered.referral_id,
  delivered.ctwa_clid,
  delivered.latitude,
  delivered.longitude,
  delivered.error_code,
  delivered.payload,
  delivered.context_date,
  delivered.counted_as,
  delivered.delay_seconds,
  delivered.sent_epoch
from delivered
left join edits on edits.platform = delivered.platform and edits.message = delivered.message
left join deletions on deletions.platform = delivered.platform and deletions.message = delivered.message
left join filled
  on filled.platform = delivered.platform
  and filled.message_id = delivered.message_id
  and (delivered.type = 'media_placeholder' or (delivered.type = 'unsupported' and delivered.error_code = 131060))
where filled.message_id is null
