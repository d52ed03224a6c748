-- title: WhatsApp messages per type and media
-- description: What kinds of message there were, and of media the kind of file. Reactions, edits and system messages
--   are rows of their own.
-- grain: one row per type and kind of file
-- chart: bar x=type y=messages series=media_type
with written as (
  select type, media_type
  from messages
  where context_date between cast(? as date) and cast(? as date)
    and platform = 'whatsapp'
    and direction = 'inbound'
)
select type, media_type, count(*) as messages
from written
group by type, media_type
order by messages desc, type, media_type
