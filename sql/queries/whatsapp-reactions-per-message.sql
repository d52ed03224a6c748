-- title: Reactions to WhatsApp messages
-- description: Which messages people reacted to, with which emoji, and how many people. A person's last reaction to a
--   message counts, and none that was taken back. An emoji is one in every skin tone. Message is the text of the
--   message, or else its id, such as of one that the business sent through the API.
-- grain: one row per message and emoji
-- chart: bar x=message y=reactions series=emoji top=20
with written as (
  select message_id, direction, type, person, target_id, text, coalesce(sent_at, received_at) as written_at
  from messages
  where context_date between cast(? as date) and cast(? as date)
    and platform = 'whatsapp'
),
reactions as (
  select
    target_id,
    -- Without skin tones and variation selectors
    regexp_replace(
      text,
      '[' || chr(127995) || '-' || chr(127999) || chr(65038) || chr(65039) || ']',
      ''
    ) as emoji,
    row_number() over (partition by target_id, coalesce(person, message_id) order by written_at desc, message_id desc) as place
  from written
  where type = 'reaction' and direction = 'inbound' and target_id is not null
),
targets as (
  select message_id, max(text) as text
  from written
  where coalesce(type, 'text') not in ('reaction', 'edit', 'revoke')
  group by message_id
)
select
  coalesce(max(targets.text), reactions.target_id) as message,
  reactions.target_id as message_id,
  reactions.emoji,
  count(*) as reactions
from reactions
left join targets on targets.message_id = reactions.target_id
where reactions.place = 1 and reactions.emoji <> ''
group by reactions.target_id, reactions.emoji
order by reactions desc, message_id, emoji
