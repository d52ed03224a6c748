-- title: Active people per day
-- description: How many people wrote on each day, and how many messages. Bots and channels are no people.
-- grain: one row per day with a message
-- chart: line x=day y=people
-- platforms: each
with written as (
  select platform || ' ' || person as person, cast(sent_at as date) as day, counted_as
  from messages
  where context_date between cast(? as date) and cast(? as date)
    and direction = 'inbound'
    and counted_as is not null
    and sent_at is not null
    and not is_bot
)
select day, count(distinct person) as people, count(distinct counted_as) as messages
from written
group by day
order by day
