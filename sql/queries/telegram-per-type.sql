-- title: Telegram messages per type and kind of chat
-- description: What kinds of message there were. Joins, pins, new titles and other service messages are rows of their
--   own; in days of version 0.1.0 all of them are "service".
-- grain: one row per type and kind of chat
-- chart: bar x=type y=messages series=chat_type
with written as (
  select coalesce(type, 'service') as type, chat_type
  from messages
  where context_date between cast(? as date) and cast(? as date)
    and platform = 'telegram'
    and direction = 'inbound'
)
select type, chat_type, count(*) as messages
from written
group by type, chat_type
order by messages desc, type, chat_type
