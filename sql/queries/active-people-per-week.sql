-- title: Active people per week
-- description: How many people wrote in each ISO week, and how many messages. Bots and channels are no people.
-- grain: one row per week with a message
-- chart: bar x=monday y=people
-- platforms: each
with written as (
  select
    platform || ' ' || person as person,
    extract(year_of_week from sent_at) as iso_year,
    extract(week from sent_at) as iso_week,
    cast(date_trunc('week', sent_at) as date) as monday,
    counted_as
  from messages
  where context_date between cast(? as date) and cast(? as date)
    and direction = 'inbound'
    and counted_as is not null
    and sent_at is not null
    and not is_bot
)
select iso_year, iso_week, monday, count(distinct person) as people, count(distinct counted_as) as messages
from written
group by iso_year, iso_week, monday
order by monday
