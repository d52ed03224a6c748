-- title: What is written most on Telegram
-- description: The hundred texts that were sent most often, letter by letter. Messages without text are left out.
-- grain: one row a text
-- chart: bar x=content y=messages top=20
with messages as (
  select text as content
  from "telegram"
  where context_date between cast(? as date) and cast(? as date)
    and coalesce(direction, 'inbound') = 'inbound'
    and text is not null
)
select content, count(*) as messages
from messages
group by content
order by messages desc, content
limit 100
