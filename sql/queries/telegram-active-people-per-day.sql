-- title: People active on Telegram per day
-- description: How many people wrote on each day, by the lake's clock, and how many messages that were. Bots are no
--   people, and neither are channels. Messages without a plausible time, from a week before their arrival to a day
--   after it, are left out.
-- grain: one row per day with a message
-- chart: line x=day y=people
with messages as (
  select
    user_id as person,
    from_unixtime("date", 'America/Sao_Paulo') as moment
  from "telegram"
  where context_date between cast(? as date) and cast(? as date)
    and coalesce(direction, 'inbound') = 'inbound'
    and "date" between received_at - 604800 and received_at + 86400
    and not coalesce(user_is_bot, false)
),
days as (
  select person, cast(moment as date) as day
  from messages
)
select day, count(distinct person) as people, count(*) as messages
from days
group by day
order by day
