-- title: Lengths of texts
-- description: How many messages of people have a text of which length, in characters. Captions are texts; choices of a
--   button or from a list, locations and contacts are not.
-- grain: one row per class of lengths
-- chart: bar x=characters y=messages
-- platforms: each
with written as (
  select counted_as, length(trim(text)) as size
  from messages
  where context_date between cast(? as date) and cast(? as date)
    and direction = 'inbound'
    and counted_as is not null
    and not is_bot
    and coalesce(type, 'text') not in ('button', 'interactive', 'location', 'venue', 'contacts', 'order')
),
texts as (
  select counted_as, max(size) as size
  from written
  where size > 0
  group by counted_as
),
classes as (
  select
    case
      when size <= 10 then 1
      when size <= 50 then 2
      when size <= 200 then 3
      when size <= 1000 then 4
      else 5
    end as class
  from texts
)
select
  case class
    when 1 then '1–10'
    when 2 then '11–50'
    when 3 then '51–200'
    when 4 then '201–1000'
    else '1001+'
  end as characters,
  count(*) as messages
from classes
group by class
order by class
