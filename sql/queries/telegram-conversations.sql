-- title: The busiest Telegram chats
-- description: How much is written in each chat, and in each topic of a chat that has topics. Bots are no people.
--   Times are of arrival, by the lake's clock.
-- grain: one row per chat and topic
-- chart: bar x=chat_id y=messages top=20
with messages as (
  select
    chat_id,
    chat_type,
    thread_id,
    case when not coalesce(user_is_bot, false) then user_id end as person,
    reply_to,
    received_at
  from "telegram"
  where context_date between cast(? as date) and cast(? as date)
),
conversations as (
  select
    chat_id,
    chat_type,
    thread_id,
    count(*) as messages,
    count(reply_to) as replies,
    count(distinct person) as people,
    min(received_at) as first_received,
    max(received_at) as last_received
  from messages
  group by chat_id, chat_type, thread_id
)
select
  chat_id,
  chat_type,
  thread_id,
  messages,
  replies,
  people,
  cast(from_unixtime(first_received, 'America/Sao_Paulo') as timestamp) as first_at,
  cast(from_unixtime(last_received, 'America/Sao_Paulo') as timestamp) as last_at
from conversations
order by messages desc, chat_id, chat_type, thread_id
