-- title: Messages per week
-- description: How many messages people wrote in each ISO week, which belongs to the year of its Thursday.
-- grain: one row per week in which there was a message
-- chart: bar x=monday y=messages
-- platforms: each
with written as (
  select
    extract(year_of_week from sent_at) as iso_year,
    extract(week from sent_at) as iso_week,
    cast(date_trunc('week', sent_at) as date) as monday,
    counted_as
  from messages
  where context_date between cast(? as date) and cast(? as date)
    and direction = 'inbound'
    and counted_as is not null
    and sent_at is not null
)
select iso_year, iso_week, monday, count(distinct counted_as) as messages
from written
group by iso_year, iso_week, monday
order by monday
