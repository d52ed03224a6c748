-- title: What people chose on WhatsApp
-- description: How often people pressed each button or chose each row of a list, and how many people did. Choice is the
--   text of the button or row.
-- grain: one row per choice and its id
-- chart: bar x=choice y=messages top=20
with chosen as (
  select selection_id, coalesce(text, selection_id) as choice, person, counted_as
  from messages
  where context_date between cast(? as date) and cast(? as date)
    and platform = 'whatsapp'
    and direction = 'inbound'
    and selection_id is not null
    and response is null
)
select choice, selection_id, count(distinct counted_as) as messages, count(distinct person) as people
from chosen
group by choice, selection_id
order by messages desc, selection_id, choice
