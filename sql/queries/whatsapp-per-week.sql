-- title: WhatsApp messages per week
-- description: How many messages were written in each ISO week, which belongs to the year of its Thursday, by the
--   lake's clock. Those without a plausible time, from a week before their arrival to a day after it, are left out.
-- grain: one row per week in which there was a message
-- chart: bar x=monday y=messages
with messages as (
  select from_unixtime("date", 'America/Sao_Paulo') as moment
  from "whatsapp"
  where context_date between cast(? as date) and cast(? as date)
    and coalesce(direction, 'inbound') = 'inbound'
    and "date" between received_at - 604800 and received_at + 86400
),
weeks as (
  select
    extract(year_of_week from moment) as iso_year,
    extract(week from moment) as iso_week,
    cast(date_trunc('week', moment) as date) as monday
  from messages
)
select iso_year, iso_week, monday, count(*) as messages
from weeks
group by iso_year, iso_week, monday
order by monday
