-- title: New and returning people on WhatsApp
-- description: How many people wrote for the first time in each ISO week, and how many had written in an earlier one.
--   The first time is the first within the days asked for. A person is a phone number, or the WhatsApp user id of one
--   who hides it. Messages without a plausible time, from a week before their arrival to a day after it, are left
--   out.
-- grain: one row per week with a message of somebody
-- chart: bar x=monday y=new_people,returning_people
with messages as (
  select
    coalesce(cast(number as varchar), user_id) as person,
    from_unixtime("date", 'America/Sao_Paulo') as moment
  from "whatsapp"
  where context_date between cast(? as date) and cast(? as date)
    and coalesce(direction, 'inbound') = 'inbound'
    and "date" between received_at - 604800 and received_at + 86400
),
weeks as (
  select distinct person, cast(date_trunc('week', moment) as date) as monday
  from messages
  where person is not null
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
