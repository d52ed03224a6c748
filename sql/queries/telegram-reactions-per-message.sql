-- title: Reactions to Telegram messages
-- description: Which messages were reacted to, with which emoji, and how often. What a person last chose counts, and
--   none that was taken back; of anonymous reactions, such as in channels, the last total. Other reactions than emoji
--   have their type: custom_emoji, paid. Message is the text of the message, or else its id.
-- grain: one row per message and emoji
-- chart: bar x=message y=reactions series=emoji top=20
with changes as (
  select
    kind,
    chat,
    message_id,
    payload,
    row_number() over (
      partition by kind, chat, message_id, coalesce(person, json_extract_scalar(payload, '$.actor_chat.id'))
      order by "date" desc, received_at desc, id desc
    ) as place
  from "events"
  where context_date between cast(? as date) and cast(? as date)
    and source = 'telegram'
    and kind in ('message_reaction', 'message_reaction_count')
),
reactions as (
  select
    chat,
    message_id,
    coalesce(json_extract_scalar(chosen.item, '$.emoji'), json_extract_scalar(chosen.item, '$.type')) as emoji,
    1 as reactions
  from changes
  cross join unnest(
    regexp_extract_all(regexp_extract(payload, '"new_reaction"\s*:\s*\[[^\]]*\]'), '\{[^{}]*\}')
  ) as chosen(item)
  where kind = 'message_reaction' and place = 1
  union all
  select
    chat,
    message_id,
    coalesce(json_extract_scalar(total.item, '$.type.emoji'), json_extract_scalar(total.item, '$.type.type')) as emoji,
    cast(regexp_extract(json_extract_scalar(total.item, '$.total_count'), '[0-9]{1,18}') as bigint) as reactions
  from changes
  cross join unnest(
    regexp_extract_all(
      regexp_extract(payload, '"reactions"\s*:\s*\[[^\]]*\]'),
      '\{[^{}]*\{[^{}]*\}[^{}]*\}'
    )
  ) as total(item)
  where kind = 'message_reaction_count' and place = 1
),
counts as (
  select
    chat,
    message_id,
    regexp_replace(emoji, '[' || chr(65038) || chr(65039) || ']', '') as emoji, -- without variation selectors
    reactions
  from reactions
),
targets as (
  select chat, message_id, max(text) as text
  from messages
  where context_date between cast(? as date) and cast(? as date)
    and platform = 'telegram'
  group by chat, message_id
)
select
  coalesce(max(targets.text), counts.message_id) as message,
  counts.chat,
  counts.message_id,
  counts.emoji,
  sum(counts.reactions) as reactions
from counts
left join targets on targets.chat = counts.chat and targets.message_id = counts.message_id
group by counts.chat, counts.message_id, counts.emoji
having sum(counts.reactions) > 0
order by reactions desc, chat, message_id, emoji
