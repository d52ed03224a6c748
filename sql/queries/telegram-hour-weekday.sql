-- title: Telegram messages per hour and weekday
-- description: When people write: how many messages there were at each hour (0 to 23) of each day of the week (1 is
--   Monday, 7 is Sunday), by the lake's clock. Those without a plausible time, from a week before their arrival to a
--   day after it, are left out.
-- grain: one row per hour and weekday with a message
-- chart: heatmap x=hour y=weekday value=messages
with messages as (
  select from_unixtime("date", 'America/Sao_Paulo') as moment
  from "telegram"
  where context_date between cast(? as date) and cast(? as date)
    and coalesce(direction, 'inbound') = 'inbound'
    and "date" between received_at - 604800 and received_at + 86400
),
hours as (
  select
    extract(dow from moment) as weekday,
    extract(hour from moment) as hour
  from messages
)
select weekday, hour, count(*) as messages
from hours
group by weekday, hour
order by weekday, hour
