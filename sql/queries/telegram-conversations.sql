-- title: The busiest Telegram chats
-- description: How much is written in each chat, and in each topic of a chat that has topics. Chat is the last first
--   name of the person in a private one, or else the chat's id, and after it the topic. Bots are no people. Times are
--   of arrival, by the lake's clock.
-- grain: one row per chat and topic
-- chart: bar x=chat y=messages top=20
with messages as (
  select
    chat_id,
    chat_type,
    thread_id,
    case when not coalesce(user_is_bot, false) then user_id end as person,
    case when user_id = chat_id then user_first_name end as name,
    reply_to,
    received_at,
    update_id
  from "telegram"
  where context_date between cast(? as date) and cast(? as date)
    and coalesce(direction, 'inbound') = 'inbound'
),
named as (
  select
    chat_id,
    chat_type,
    thread_id,
    person,
    reply_to,
    received_at,
    first_value(name) over (
      partition by chat_id
      order by case when name is null then 1 else 0 end, received_at desc, update_id desc
    ) as name
  from messages
),
conversations as (
  select
    chat_id,
    chat_type,
    thread_id,
    coalesce(max(name), cast(chat_id as varchar)) as chat,
    count(*) as messages,
    count(reply_to) as replies,
    count(distinct person) as people,
    min(received_at) as first_received,
    max(received_at) as last_received
  from named
  group by chat_id, chat_type, thread_id
)
select
  case when thread_id is null then chat else chat || ' · ' || cast(thread_id as varchar) end as chat,
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
