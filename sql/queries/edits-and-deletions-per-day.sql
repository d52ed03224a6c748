-- title: Edited and deleted messages per day
-- description: How many messages of people were edited and how many deleted. A message counts on the day of its last
--   edit, and on the day of its deletion. Moves of a live location are no edits. Telegram tells of deletions only in
--   the chats of a business account. The range limits the messages, by their arrival.
-- grain: one row per day on which a message was edited or deleted
-- chart: bar x=day y=edited,deleted
-- platforms: each
with written as (
  select edited_at, deleted_at, type, counted_as
  from current_messages
  where context_date between cast(? as date) and cast(? as date)
    and direction = 'inbound'
    and counted_as is not null
),
changes as (
  select cast(edited_at as date) as day, counted_as as edited, null as deleted
  from written
  where edited_at is not null and coalesce(type, 'text') <> 'location'
  union all
  select cast(deleted_at as date) as day, null as edited, counted_as as deleted
  from written
  where deleted_at is not null
)
select day, count(distinct edited) as edited, count(distinct deleted) as deleted
from changes
group by day
order by day
