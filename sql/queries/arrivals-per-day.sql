-- title: What arrived each day
-- description: How many messages that people wrote arrived on each day, and how much is in quarantine.
-- grain: one row per day of arrival and platform
-- chart: bar x=day y=messages,quarantined
with arrivals as (
  select context_date as day, platform as source, counted_as, null as quarantined
  from messages
  where context_date between cast(? as date) and cast(? as date)
    and direction = 'inbound'
    and counted_as is not null
  union all
  select context_date as day, source, null as counted_as, raw_key as quarantined
  from "quarantine"
  where context_date between cast(? as date) and cast(? as date)
)
select
  day,
  source,
  count(distinct counted_as) as messages,
  count(quarantined) as quarantined
from arrivals
group by day, source
order by day, source
