-- title: Messages per hour and weekday
-- description: How many messages people wrote at each hour (0 to 23) of each day of the week (1 is Monday, 7 is
--   Sunday).
-- grain: one row per hour and weekday with a message
-- chart: heatmap x=hour y=weekday value=messages
-- platforms: each
with written as (
  select extract(dow from sent_at) as weekday, extract(hour from sent_at) as hour, counted_as
  from messages
  where context_date between cast(? as date) and cast(? as date)
    and direction = 'inbound'
    and counted_as is not null
    and sent_at is not null
)
select weekday, hour, count(distinct counted_as) as messages
from written
group by weekday, hour
order by weekday, hour
