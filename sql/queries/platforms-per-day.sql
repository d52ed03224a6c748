-- title: Both platforms side by side
-- description: How many messages and people there were on each platform and day, by the lake's clock. Bots and
--   channels are no people. Messages without a plausible time, from a week before their arrival to a day after it,
--   are left out.
-- grain: one row per day and platform with a message
-- chart: line x=day y=messages series=platform
with whatsapp_messages as (
  select
    'whatsapp' as platform,
    coalesce(cast(number as varchar), user_id) as person,
    cast(from_unixtime("date", 'America/Sao_Paulo') as date) as day
  from "whatsapp"
  where context_date between cast(? as date) and cast(? as date)
    and coalesce(direction, 'inbound') = 'inbound'
    and "date" between received_at - 604800 and received_at + 86400
),
telegram_messages as (
  select
    'telegram' as platform,
    case when not coalesce(user_is_bot, false) then cast(user_id as varchar) end as person,
    cast(from_unixtime("date", 'America/Sao_Paulo') as date) as day
  from "telegram"
  where context_date between cast(? as date) and cast(? as date)
    and coalesce(direction, 'inbound') = 'inbound'
    and "date" between received_at - 604800 and received_at + 86400
),
messages as (
  select platform, person, day from whatsapp_messages
  union all
  select platform, person, day from telegram_messages
)
select day, platform, count(*) as messages, count(distinct person) as people
from messages
group by day, platform
order by day, platform
