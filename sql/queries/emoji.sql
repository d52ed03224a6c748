-- title: The busiest emoji
-- description: The hundred emoji that are in most messages of people, and how often they stand there. An emoji is one
--   in every skin tone. Reactions are not counted.
-- grain: one row per emoji
-- chart: bar x=emoji y=messages top=20
-- platforms: each
with texts as (
  select distinct
    counted_as,
    -- Without skin tones and variation selectors
    regexp_replace(
      text,
      '[' || chr(127995) || '-' || chr(127999) || chr(65038) || chr(65039) || ']',
      ''
    ) as plain
  from messages
  where context_date between cast(? as date) and cast(? as date)
    and direction = 'inbound'
    and counted_as is not null
    and text is not null
    and not is_bot
),
found as (
  select emojis.emoji, texts.counted_as
  from texts
  -- A flag is a pair of letters, a keycap ends in U+20E3. U+200D joins several emoji to one; tags follow a flag.
  cross join unnest(regexp_extract_all(
    plain,
    '[' || chr(127462) || '-' || chr(127487) || ']{2}|[0-9#*]' || chr(8419) || '|['
      || '‼⁉ℹ↔-↙↩↪⌚⌛⌨⏏⏩-⏳⏸-⏺Ⓜ▪▫▶◀◻-◾☀-☄☎☑☔☕☘☝☠☢☣☦☪☮☯☸-☺♀♂'
      || '♈-♓♟♠♣♥♦♨♻♾♿⚒-⚗⚙⚛⚜⚠⚡⚧⚪⚫⚰⚱⚽⚾⛄⛅⛈⛎⛏⛑⛓⛔⛩⛪⛰-⛵⛷-⛺⛽✂✅✈-✍✏✒✔✖✝✡✨✳✴❄❇❌❎❓-❕❗❣❤➕-➗➡➰➿⤴⤵⬅-⬇⬛⬜⭐⭕〰〽㊗㊙🀄🃏🅰🅱🅾🅿🆎🆑-🆚🈁🈂🈚🈯🈲-🈺🉐🉑'
      || '🌀-🏺🐀-🙏🚀-🛿🟠-🟫🟰🤌-🧿🩰-🫿'
      || '][' || chr(917536) || '-' || chr(917631) || ']*(' || chr(8205) || '[^\s\p{L}])*'
  )) as emojis(emoji)
)
select emoji, count(distinct counted_as) as messages, count(*) as times
from found
group by emoji
order by messages desc, times desc, emoji
limit 100
