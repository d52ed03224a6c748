-- title: People active on Telegram per week
-- description: How many people wrote in each ISO week, by the lake's clock, and how many messages that were. Bots are
--   no people, and neither are channels. Messages without a plausible time, from a week before their arrival to a day
--   after it, are left out.
-- grain: one row per week with a message
-- chart: bar x=monday y=people
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
weeks as (
  select
    person,
    extract(year_of_week from moment) as iso_year,
    extract(week from moment) as iso_week,
    cast(date_trunc('week', moment) as date) as monday
  from messages
)
select iso_year, iso_week, monday, count(distinct person) as people, count(*) as messages
from weeks
group by iso_year, iso_week, monday
order by monday
