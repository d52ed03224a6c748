-- title: Messages per hour of the day
-- description: How many messages people wrote at each hour of the day (0 to 23).
-- grain: one row per hour in which there was a message
-- chart: bar x=hour y=messages
-- platforms: each
with written as (
  select extract(hour from sent_at) as hour, counted_as
  from messages
  where context_date between cast(? as date) and cast(? as date)
    and direction = 'inbound'
    and counted_as is not null
    and sent_at is not null
)
select hour, count(distinct counted_as) as messages
from written
group by hour
order by hour
