-- title: Messages and people of each platform
-- description: How many messages people wrote on each platform, how many people wrote, the first and the last day of
--   arrival, and when the last message arrived. Bots and channels are no people.
-- grain: one row per platform with a message
with written as (
  select platform, case when not is_bot then person end as person, counted_as, received_at, context_date
  from messages
  where context_date between cast(? as date) and cast(? as date)
    and direction = 'inbound'
    and counted_as is not null
)
select
  platform,
  count(distinct counted_as) as messages,
  count(distinct person) as people,
  min(context_date) as first_day,
  max(context_date) as last_day,
  max(received_at) as last_message_at
from written
group by platform
order by platform
