-- title: The busiest reply chains on WhatsApp
-- description: The hundred busiest chains of replies: every message belongs to the one it answers, followed up to
--   eight answers. A conversation is known by the id of its first message, which may be one of ours and then has no
--   row here; opening is the text of the first that has one, or else that id. Answers that stand alone, as those to
--   what we sent, are left out. Times are of arrival.
-- grain: one row a conversation of at least two messages
-- chart: bar x=opening y=messages top=20
with written as (
  select message_id, reply_to, text, person, received_at
  from messages
  where context_date between cast(? as date) and cast(? as date)
    and platform = 'whatsapp'
    and direction = 'inbound'
    and counted_as is not null
),
one_up as (
  select message_id, max(reply_to) as conversation
  from written
  where reply_to is not null
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
members as (
  select message_id, conversation
  from eight_up
  union all
  select distinct eight_up.conversation as message_id, eight_up.conversation
  from eight_up
  left join one_up on one_up.message_id = eight_up.conversation
  where one_up.message_id is null -- the first message, if it arrived
),
chains as (
  select
    members.conversation,
    written.message_id,
    written.text,
    written.reply_to,
    written.person,
    written.received_at,
    row_number() over (
      partition by members.conversation
      order by
        case when written.text is null then 2 when written.message_id = members.conversation then 0 else 1 end,
        written.received_at,
        written.message_id
    ) as place
  from written
  join members on members.message_id = written.message_id
),
conversations as (
  select
    conversation,
    max(case when place = 1 then text end) as first_text,
    count(distinct message_id) as messages,
    count(distinct case when reply_to is not null then message_id end) as replies,
    count(distinct person) as people,
    min(received_at) as first_at,
    max(received_at) as last_at
  from chains
  group by conversation
)
select
  coalesce(first_text, conversation) as opening,
  conversation,
  messages,
  replies,
  people,
  first_at,
  last_at
from conversations
where replies > 0
  and messages > 1
order by messages desc, conversation
limit 100
