-- title: How fresh the lake is
-- description: When the last message of each platform arrived, in either direction, and the last day of arrival with
--   messages, events or rows in quarantine. A message of the business that is known by statuses counts on the day of
--   the first.
-- grain: one row per platform
with arrived as (
  select platform, received_at as message_at, context_date
  from messages
  where context_date between cast(? as date) and cast(? as date)
  union all
  select 'whatsapp' as platform, null as message_at, context_date
  from outgoing
  where context_date between cast(? as date) and cast(? as date)
  union all
  select source as platform, null as message_at, context_date
  from "events"
  where context_date between cast(? as date) and cast(? as date)
  union all
  select source as platform, null as message_at, context_date
  from "quarantine"
  where context_date between cast(? as date) and cast(? as date)
)
select platform, max(message_at) as last_message_at, max(context_date) as last_day
from arrived
group by platform
order by platform
