-- title: Messages per day of the week
-- description: How many messages people wrote on each day of the week (1 is Monday, 7 is Sunday).
-- grain: one row per weekday on which there was a message
-- chart: bar x=weekday y=messages
-- platforms: each
with written as (
  select extract(dow from sent_at) as weekday, counted_as
  from messages
  where context_date between cast(? as date) and cast(? as date)
    and direction = 'inbound'
    and counted_as is not null
    and sent_at is not null
)
select weekday, count(distinct counted_as) as messages
from written
group by weekday
order by weekday
