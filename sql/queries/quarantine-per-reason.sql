-- title: Quarantine by reason
-- description: How much of what arrived from each platform could not become a row, and why; times are by the lake's
--   clock.
-- grain: one row per platform and reason
-- chart: bar x=reason y=messages series=source
with rejected as (
  select source, reason, received_at
  from "quarantine"
  where context_date between cast(? as date) and cast(? as date)
),
reasons as (
  select
    source,
    reason,
    count(*) as messages,
    min(received_at) as first_received,
    max(received_at) as last_received
  from rejected
  group by source, reason
)
select
  source,
  reason,
  messages,
  cast(from_unixtime(first_received, 'America/Sao_Paulo') as timestamp) as first_at,
  cast(from_unixtime(last_received, 'America/Sao_Paulo') as timestamp) as last_at
from reasons
order by messages desc, source, reason
