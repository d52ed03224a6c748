-- title: WhatsApp messages per hour of the day
-- description: How many messages were written at each hour of the day (0 to 23), by the lake's clock. Those without a
--   plausible time, from a week before their arrival to a day after it, are left out.
-- grain: one row per hour in which there was a message
-- chart: bar x=hour y=messages
with messages as (
  select from_unixtime("date", 'America/Sao_Paulo') as moment
  from "whatsapp"
  where context_date between cast(? as date) and cast(? as date)
    and coalesce(direction, 'inbound') = 'inbound'
    and "date" between received_at - 604800 and received_at + 86400
),
hours as (
  select extract(hour from moment) as hour
  from messages
)
select hour, count(*) as messages
from hours
group by hour
order by hour
