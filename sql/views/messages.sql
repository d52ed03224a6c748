-- title: Messages of every platform
-- description: The messages of every platform, in either direction, as they were delivered.
-- grain: one row per message
-- days: of the range
-- columns: platform varchar, direction varchar, sent_at timestamp, received_at timestamp, person varchar, name varchar,
--   username varchar, number bigint, is_bot boolean, phone_number_id varchar, business_connection_id varchar,
--   chat varchar, chat_type varchar, chat_title varchar, thread_id varchar, message_id varchar, kind varchar,
--   type varchar, is_service boolean, text varchar, media_id varchar, media_type varchar, media_group_id varchar,
--   reply_to varchar, target_id varchar, selection_id varchar, response varchar, forwarded varchar,
--   is_automatic_forward boolean, referral_id varchar, ctwa_clid varchar, latitude double, longitude double,
--   error_code bigint, payload varchar, context_date date, counted_as varchar,
--   delay_seconds bigint, sent_epoch bigint
with whatsapp_numbers as (
  select *, cast(number as varchar) as digits
  from "whatsapp"
),
-- Days of version 0.1.0 have no person: the same rule as in handlers/sources/whatsapp/people.ts
whatsapp_people as (
  select
    *,
    coalesce(
      person,
      user_id,
      case
        when regexp_like(digits, '^55\d\d[6-9]\d{7}$') then substr(digits, 1, 4) || '9' || substr(digits, 5)
        when regexp_like(digits, '^521\d{10}$') then '52' || substr(digits, 4)
        when regexp_like(digits, '^54\d{10}$') then '549' || substr(digits, 3)
        else digits
      end
    ) as customer_id
  from whatsapp_numbers
),
whatsapp_messages as (
  select whatsapp_people.*, coalesce(person_ids.person, whatsapp_people.customer_id) as customer
  from whatsapp_people
  left join person_ids on person_ids.platform = 'whatsapp' and person_ids.id = whatsapp_people.customer_id
),
telegram_messages as (
  select
    *,
    coalesce(
      type not in (
        'text', 'rich_message', 'animation', 'audio', 'document', 'live_photo', 'paid_media', 'photo', 'sticker',
        'story', 'video', 'video_note', 'voice', 'location', 'venue', 'contact', 'dice', 'game', 'poll', 'checklist',
        'invoice', 'giveaway', 'giveaway_winners', 'passport_data'
      ),
      false
    ) as is_service,
    case
      when direction = 'outbound' then case when chat_type = 'private' then cast(chat_id as varchar) end
      when direction is not null then person
      when user_id not in (777000, 1087968824, 136817688) then cast(user_id as varchar)
    end as customer
  from "telegram"
)
select
  'whatsapp' as platform,
  coalesce(direction, 'inbound') as direction,
  case
    when "date" <= received_at + 86400
      and "date" >= received_at - case when field = 'history' then 31622400 else 604800 end -- a leap year, or a week
      then cast(from_unixtime("date", 'America/Sao_Paulo') as timestamp)
  end as sent_at,
  cast(from_unixtime(received_at, 'America/Sao_Paulo') as timestamp) as received_at,
  customer as person,
  name,
  username,
  number,
  false as is_bot,
  phone_number_id,
  null as business_connection_id,
  coalesce(group_id, customer) as chat,
  case when group_id is null then 'private' else 'group' end as chat_type,
  null as chat_title,
  null as thread_id,
  message_id,
  field as kind,
  type,
  coalesce(type in ('system', 'request_welcome'), false) as is_service,
  message as text,
  media_id,
  media_type,
  null as media_group_id,
  reply_to,
  target_id,
  selection_id,
  response,
  forwarded,
  false as is_automatic_forward,
  referral_id,
  ctwa_clid,
  latitude,
  longitude,
  error_code,
  payload,
  context_date,
  case
    when coalesce(type, 'text') not in ('system', 'request_welcome', 'edit', 'revoke', 'reaction') then message_id
  end as counted_as,
  case when "date" between received_at - 604800 and received_at + 86400 then received_at - "date" end as delay_seconds,
  case
    when "date" <= received_at + 86400
      and "date" >= received_at - case when field = 'history' then 31622400 else 604800 end
      then "date"
  end as sent_epoch
from whatsapp_messages
union all
select
  'telegram' as platform,
  coalesce(direction, 'inbound') as direction,
  case
    when "date" between received_at - 604800 and received_at + 86400
      then cast(from_unixtime("date", 'America/Sao_Paulo') as timestamp)
  end as sent_at,
  cast(from_unixtime(received_at, 'America/Sao_Paulo') as timestamp) as received_at,
  customer as person,
  case
    when customer is not null and coalesce(direction, 'inbound') = 'inbound'
      then coalesce(user_first_name || ' ' || user_last_name, user_first_name, user_last_name)
  end as name,
  case when customer is not null and coalesce(direction, 'inbound') = 'inbound' then user_username end as username,
  null as number,
  coalesce(user_is_bot, false) as is_bot,
  null as phone_number_id,
  business_connection_id,
  cast(chat_id as varchar) as chat,
  chat_type,
  chat_title,
  case when is_topic_message then cast(thread_id as varchar) end as thread_id,
  cast(message_id as varchar) as message_id,
  kind,
  coalesce(type, media_type, case when text is not null then 'text' end) as type,
  is_service,
  text,
  null as media_id,
  media_type,
  media_group_id,
  cast(reply_to as varchar) as reply_to,
  null as target_id,
  null as selection_id,
  null as response,
  forward_type as forwarded,
  coalesce(is_automatic_forward, false) as is_automatic_forward,
  null as referral_id,
  null as ctwa_clid,
  latitude,
  longitude,
  null as error_code,
  payload,
  context_date,
  case
    when not is_service and not coalesce(is_automatic_forward, false)
      then coalesce(business_connection_id || ' ', '') || cast(chat_id as varchar) || ' '
        || coalesce(
          'album ' || media_group_id,
          case when message_id <> 0 then cast(message_id as varchar) || coalesce(' ' || cast("date" as varchar), '') end,
          'update ' || cast(update_id as varchar)
        )
  end as counted_as,
  case when "date" between received_at - 604800 and received_at + 86400 then received_at - "date" end as delay_seconds,
  case when "date" between received_at - 604800 and received_at + 86400 then "date" end as sent_epoch
from telegram_messages
