-- title: The platforms side by side
-- description: How many messages people wrote on each platform and day, and how many people wrote. Bots and channels
--   are no people.
-- grain: one row per day and platform with a message
-- chart: line x=day y=messages series=platform
with written as (
  select
    platform,
    case when not is_bot then person end as person,
    cast(sent_at as date) as day,
    counted_as
  from messages
  where context_date between cast(? as date) and cast(? as date)
    and direction = 'inbound'
    and counted_as is not null
    and sent_at is not null
)
select day, platform, count(distinct counted_as) as messages, count(distinct person) as people
from written
group by day, platform
order by day, platform
