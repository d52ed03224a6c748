-- title: The busiest Telegram chats
-- description: How many messages people wrote in each chat, and in each topic of a chat that has topics. Chat is the
--   chat's title, in a private one the person's name, or else the chat's id, and after it the topic. Bots are no people.
--   Times are of arrival.
-- grain: one row per chat and topic
-- chart: bar x=chat y=messages top=20
with written as (
  select
    chat as chat_id,
    chat_type,
    thread_id,
    case when not is_bot then person end as person,
    coalesce(chat_title, case when person = chat then name end) as name,
    reply_to,
    received_at,
    counted_as
  from messages
  where context_date between cast(? as date) and cast(? as date)
    and platform = 'telegram'
    and direction = 'inbound'
    and counted_as is not null
),
named as (
  select
    chat_id,
    chat_type,
    thread_id,
    person,
    reply_to,
    received_at,
    counted_as,
    first_value(name) over (
      partition by chat_id
      order by case when name is null then 1 else 0 end, received_at desc, counted_as desc
    ) as name
  from written
),
conversations as (
  select
    chat_id,
    chat_type,
    thread_id,
    coalesce(max(name), chat_id) as chat,
    count(distinct counted_as) as messages,
    count(distinct case when reply_to is not null then counted_as end) as replies,
    count(distinct person) as people,
    min(received_at) as first_at,
    max(received_at) as last_at
  from named
  group by chat_id, chat_type, thread_id
)
select
  case when thread_id is null then chat else chat || ' · ' || thread_id end as chat,
  chat_id,
  chat_type,
  thread_id,
  messages,
  replies,
  people,
  first_at,
  last_at
from conversations
order by messages desc, chat_id, chat_type, thread_id
