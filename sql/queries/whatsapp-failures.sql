-- title: Why messages failed on WhatsApp
-- description: How many messages of the business failed, by error, and how many people did not get one. Of a message to a
--   group the people are not known.
-- grain: one row per error code and title
-- chart: bar x=error_title y=messages top=20
with failures as (
  select error_code, coalesce(error_title, cast(error_code as varchar)) as error_title, person
  from outgoing
  where context_date between cast(? as date) and cast(? as date)
    and status = 'failed'
)
select error_code, error_title, count(*) as messages, count(distinct person) as people
from failures
group by error_code, error_title
order by messages desc, error_code, error_title
