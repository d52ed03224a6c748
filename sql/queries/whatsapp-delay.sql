-- title: How late WhatsApp messages arrive
-- description: Seconds from the time a message was written to its arrival here, for the messages that arrived on each
--   day: the median, what 95 of a hundred keep within, and the longest. Those without a plausible time, from a week
--   before their arrival to a day after it, are only counted, as mistimed.
-- grain: one row per day of arrival
-- chart: line x=day y=median_seconds,p95_seconds
with delays as (
  select
    context_date as day,
    case when "date" between received_at - 604800 and received_at + 86400 then received_at - "date" end as seconds
  from "whatsapp"
  where context_date between cast(? as date) and cast(? as date)
    and coalesce(direction, 'inbound') = 'inbound'
),
ranked as (
  select
    day,
    seconds,
    row_number() over (partition by day order by seconds) as place,
    count(seconds) over (partition by day) as timed
  from delays
)
select
  day,
  count(*) as messages,
  min(case when place * 2 >= timed then seconds end) as median_seconds,
  min(case when place * 100 >= timed * 95 then seconds end) as p95_seconds,
  max(seconds) as longest_seconds,
  count(*) - count(seconds) as mistimed
from ranked
group by day
order by day
