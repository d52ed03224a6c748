-- title: Telegram messages per day of the week
-- description: How many messages were written on each day of the week (1 is Monday, 7 is Sunday), by the lake's
--   clock. Those without a plausible time, from a week before their arrival to a day after it, are left out.
-- grain: one row per weekday on which there was a message
-- chart: bar x=weekday y=messages
with messages as (
  select from_unixtime("date", 'America/Sao_Paulo') as moment
  from "telegram"
  where context_date between cast(? as date) and cast(? as date)
    and coalesce(direction, 'inbound') = 'inbound'
    and "date" between received_at - 604800 and received_at + 86400
),
weekdays as (
  select extract(dow from moment) as weekday
  from messages
)
select weekday, count(*) as messages
from weekdays
group by weekday
order by weekday
