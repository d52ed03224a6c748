-- title: What arrived each day
-- description: How many messages that people wrote arrived on each day, by the lake's clock, and how much is in
--   quarantine.
-- grain: one row per day of arrival and platform
-- chart: bar x=day y=messages,quarantined
with arrivals as (
  select context_date as day, 'whatsapp' as source, 'message' as outcome
  from "whatsapp"
  where context_date between cast(? as date) and cast(? as date)
    and coalesce(direction, 'inbound') = 'inbound'
  union all
  select context_date as day, 'telegram' as source, 'message' as outcome
  from "telegram"
  where context_date between cast(? as date) and cast(? as date)
    and coalesce(direction, 'inbound') = 'inbound'
  union all
  select context_date as day, source, 'quarantined' as outcome
  from "quarantine"
  where context_date between cast(? as date) and cast(? as date)
)
select
  day,
  source,
  count(case when outcome = 'message' then 1 end) as messages,
  count(case when outcome = 'quarantined' then 1 end) as quarantined
from arrivals
group by day, source
order by day, source
