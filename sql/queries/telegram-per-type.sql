-- title: Telegram messages per type and kind of chat
-- description: What kinds of message there were: the kind of file where there is one, else text, or service for what
--   Telegram says of the chat itself.
-- grain: one row per type and kind of chat
-- chart: bar x=type y=messages series=chat_type
with messages as (
  select
    coalesce(media_type, case when text is null then 'service' else 'text' end) as type,
    chat_type
  from "telegram"
  where context_date between cast(? as date) and cast(? as date)
    and coalesce(direction, 'inbound') = 'inbound'
)
select type, chat_type, count(*) as messages
from messages
group by type, chat_type
order by messages desc, type, chat_type
