-- title: The busiest WhatsApp conversations
-- description: The hundred busiest chains of replies: every message belongs to the one it answers, followed up to
--   eight answers. A conversation is known by the id of its first message, which may be one of ours and then has no
--   row here; opening is the text of the first that has one, or else that id. Answers that stand alone, as those to
--   what we sent, are left out. Times are of arrival, by the lake's clock.
-- grain: one row a conversation of at least two messages
-- chart: bar x=opening y=messages top=20
with messages as (
  select
    message_id,
    reply_to,
    message,
    coalesce(cast(number as varchar), user_id) as person,
    received_at
  from "whatsapp"
  where context_date between cast(? as date) and cast(? as date)
    and coalesce(direction, 'inbound') = 'inbound'
),
one_up as (
  select message_id, coalesce(max(reply_to), message_id) as conversation
  from messages
  group by message_id
),
two_up as (
  select reply.message_id, coalesce(answered.conversation, reply.conversation) as conversation
  from one_up as reply
  left join one_up as answered on answered.message_id = reply.conversation
),
four_up as (
  select reply.message_id, coalesce(answered.conversation, reply.conversation) as conversation
  from two_up as reply
  left join two_up as answered on answered.message_id = reply.conversation
),
eight_up as (
  select reply.message_id, coalesce(answered.conversation, reply.conversation) as conversation
  from four_up as reply
  left join four_up as answered on answered.message_id = reply.conversation
),
chains as (
  select
    eight_up.conversation,
    messages.message,
    messages.reply_to,
    messages.person,
    messages.received_at,
    row_number() over (
      partition by eight_up.conversation
      order by
        case when messages.message is null then 2 when messages.message_id = eight_up.conversation then 0 else 1 end,
        messages.received_at,
        messages.message_id
    ) as place
  from messages
  join eight_up on eight_up.message_id = messages.message_id
),
conversations as (
  select
    conversation,
    max(case when place = 1 then message end) as first_text,
    count(*) as messages,
    count(reply_to) as replies,
    count(distinct person) as people,
    min(received_at) as first_received,
    max(received_at) as last_received
  from chains
  group by conversation
)
select
  coalesce(first_text, conversation) as opening,
  conversation,
  messages,
  replies,
  people,
  cast(from_unixtime(first_received, 'America/Sao_Paulo') as timestamp) as first_at,
  cast(from_unixtime(last_received, 'America/Sao_Paulo') as timestamp) as last_at
from conversations
where replies > 0
  and messages > 1
order by messages desc, conversation
limit 100
