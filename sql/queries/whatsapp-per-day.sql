-- title: WhatsApp messages per day
-- description: How many messages were written on each day, by the lake's clock, 0 on a day without, and the mean of
--   that day and the six before it (of fewer in the first week). Messages without a plausible time, from a week
--   before their arrival to a day after it, are left out.
-- grain: one row a day, from the first message to the last
-- chart: line x=day y=messages,mean_7_days
with messages as (
  select from_unixtime("date", 'America/Sao_Paulo') as moment
  from "whatsapp"
  where context_date between cast(? as date) and cast(? as date)
    and coalesce(direction, 'inbound') = 'inbound'
    and "date" between received_at - 604800 and received_at + 86400
),
counts as (
  select cast(moment as date) as day, count(*) as messages
  from messages
  group by cast(moment as date)
),
span as (
  select min(day) as first_day, max(day) as last_day
  from counts
),
calendar as (
  select date_add('day', n, first_day) as day
  from span
  cross join unnest(sequence(0, date_diff('day', first_day, last_day))) as t(n)
),
days as (
  select calendar.day, coalesce(counts.messages, 0) as messages
  from calendar
  left join counts on counts.day = calendar.day
)
select
  day,
  messages,
  round(avg(messages) over (order by day rows between 6 preceding and current row), 1) as mean_7_days
from days
order by day
