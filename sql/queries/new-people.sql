-- title: New and returning people
-- description: How many people wrote for the first time in each ISO week, and how many had written in an earlier one.
--   The first time is the first within the days asked for. Bots and channels are no people.
-- grain: one row per week in which somebody wrote
-- chart: bar x=monday y=new_people,returning_people
-- platforms: each
with weeks as (
  select distinct platform || ' ' || person as person, cast(date_trunc('week', sent_at) as date) as monday
  from messages
  where context_date between cast(? as date) and cast(? as date)
    and direction = 'inbound'
    and counted_as is not null
    and sent_at is not null
    and person is not null
    and not is_bot
),
first_weeks as (
  select person, min(monday) as first_monday
  from weeks
  group by person
)
select
  weeks.monday,
  count(case when weeks.monday = first_weeks.first_monday then 1 end) as new_people,
  count(case when weeks.monday > first_weeks.first_monday then 1 end) as returning_people
from weeks
join first_weeks on first_weeks.person = weeks.person
group by weeks.monday
order by weeks.monday
