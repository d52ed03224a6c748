-- title: Messages per day
-- description: How many messages people wrote on each day, 0 on a day without, and the mean of that day and the six
--   before it (of fewer in the first week).
-- grain: one row per day, from the first message to the last
-- chart: line x=day y=messages,mean_7_days
-- platforms: each
with written as (
  select cast(sent_at as date) as day, counted_as
  from messages
  where context_date between cast(? as date) and cast(? as date)
    and direction = 'inbound'
    and counted_as is not null
    and sent_at is not null
),
counts as (
  select day, count(distinct counted_as) as messages
  from written
  group by day
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
