-- title: How late messages arrive
-- description: Seconds from the time a message was written to its arrival here, for the messages that arrived on each
--   day: the median, what 95 of a hundred keep within, and the longest. Those without a plausible time, from a week
--   before their arrival to a day after it, are only counted, as mistimed.
-- grain: one row per day of arrival
-- chart: line x=day y=median_seconds,p95_seconds
-- platforms: each
with delays as (
  select context_date as day, delay_seconds
  from messages
  where context_date between cast(? as date) and cast(? as date)
    and direction = 'inbound'
    and coalesce(kind, '') <> 'history'
),
ranked as (
  select
    day,
    delay_seconds,
    row_number() over (partition by day order by delay_seconds) as place,
    count(delay_seconds) over (partition by day) as timed
  from delays
)
select
  day,
  count(*) as messages,
  min(case when place * 2 >= timed then delay_seconds end) as median_seconds,
  min(case when place * 100 >= timed * 95 then delay_seconds end) as p95_seconds,
  max(delay_seconds) as longest_seconds,
  count(*) - count(delay_seconds) as mistimed
from ranked
group by day
order by day
