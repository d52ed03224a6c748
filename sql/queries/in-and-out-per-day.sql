-- title: Messages in and out
-- description: How many messages people wrote on each day and platform, and how many the business sent. Messages that
--   the business sent through WhatsApp's API are known by their statuses. A message counts once, on its first day.
-- grain: one row per day and platform with a message
-- chart: line x=day y=messages_in,messages_out
with exchanged as (
  select platform, direction, counted_as as message, cast(sent_at as date) as day
  from messages
  where context_date between cast(? as date) and cast(? as date)
    and counted_as is not null
    and sent_at is not null
  union all
  select
    'whatsapp' as platform,
    'outbound' as direction,
    message_id as message,
    coalesce(cast(coalesce(sent_at, failed_at, delivered_at, read_at, played_at) as date), context_date) as day
  from outgoing
  where context_date between cast(? as date) and cast(? as date)
),
dated as (
  select platform, direction, message, min(day) as day
  from exchanged
  group by platform, direction, message
)
select
  day,
  platform,
  count_if(direction = 'inbound') as messages_in,
  count_if(direction = 'outbound') as messages_out
from dated
group by day, platform
order by day, platform
