-- title: Forwarded messages
-- description: How many messages people forwarded. On WhatsApp those forwarded many times are told apart, on Telegram
--   whose message it was. A channel's posts in its discussion group are not forwarded by people.
-- grain: one row per kind of forward
-- chart: bar x=forwarded y=messages
-- platforms: each
with written as (
  select
    forwarded,
    case when not is_bot then platform || ' ' || person end as person,
    counted_as
  from messages
  where context_date between cast(? as date) and cast(? as date)
    and direction = 'inbound'
    and counted_as is not null
    and forwarded is not null
    and not is_automatic_forward
)
select forwarded, count(distinct counted_as) as messages, count(distinct person) as people
from written
group by forwarded
order by messages desc, forwarded
