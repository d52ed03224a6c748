-- title: What is written most
-- description: The hundred texts that people sent most often, letter by letter. Messages without text are left out.
-- grain: one row per text
-- chart: bar x=content y=messages top=20
-- platforms: each
with written as (
  select text as content, counted_as
  from messages
  where context_date between cast(? as date) and cast(? as date)
    and direction = 'inbound'
    and counted_as is not null
    and text is not null
)
select content, count(distinct counted_as) as messages
from written
group by content
order by messages desc, content
limit 100
