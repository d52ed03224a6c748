-- title: Telegram groups: who came and left
-- description: How many members joined and left each group or channel on each day, and how often its title changed.
--   Telegram tells of a change by a message in the group, by an update for administrators (chat_member), or by both:
--   the same change of a member told again within an hour counts once. Bots are members, too.
-- grain: one row per day and group with a change
-- chart: bar x=day y=joins,leaves
with told as (
  select chat, type, person, sent_at, payload
  from messages
  where context_date between cast(? as date) and cast(? as date)
    and platform = 'telegram'
    and sent_at is not null
    and type in ('new_chat_members', 'left_chat_member', 'new_chat_title')
),
updates as (
  select
    chat,
    person,
    cast(from_unixtime("date", 'America/Sao_Paulo') as timestamp) as changed_at,
    json_extract_scalar(payload, '$.chat.title') as title,
    json_extract_scalar(payload, '$.old_chat_member.status') as old_status,
    coalesce(json_extract_scalar(payload, '$.old_chat_member.is_member'), 'false') as was_member,
    event as new_status,
    coalesce(json_extract_scalar(payload, '$.new_chat_member.is_member'), 'false') as is_member
  from "events"
  where context_date between cast(? as date) and cast(? as date)
    and source = 'telegram'
    and kind = 'chat_member'
    and "date" between received_at - 604800 and received_at + 86400
),
memberships as (
  select
    chat,
    person,
    changed_at,
    title,
    case old_status when 'restricted' then was_member = 'true' else old_status not in ('left', 'kicked') end as before,
    case new_status when 'restricted' then is_member = 'true' else new_status not in ('left', 'kicked') end as after
  from updates
  where old_status is not null and new_status is not null
),
changes as (
  select
    chat,
    json_extract_scalar(payload, '$.chat.title') as title,
    'join' as change,
    json_extract_scalar(users.user_json, '$.id') as person,
    sent_at as changed_at
  from told
  -- The objects of an array of users, whose names may hold any character
  cross join unnest(regexp_extract_all(
    regexp_extract(payload, '"new_chat_members"\s*:\s*\[([^\]"]|"([^"\\]|\\.)*")*\]'),
    '\{([^{}"]|"([^"\\]|\\.)*")*\}'
  )) as users(user_json)
  where type = 'new_chat_members'
  union all
  select
    chat,
    json_extract_scalar(payload, '$.chat.title') as title,
    'leave' as change,
    json_extract_scalar(payload, '$.left_chat_member.id') as person,
    sent_at as changed_at
  from told
  where type = 'left_chat_member'
  union all
  select
    chat,
    json_extract_scalar(payload, '$.chat.title') as title,
    'title' as change,
    null as person,
    sent_at as changed_at
  from told
  where type = 'new_chat_title'
  union all
  select chat, title, case when after then 'join' else 'leave' end as change, person, changed_at
  from memberships
  where before <> after
),
ordered as (
  select
    chat,
    first_value(title) over (partition by chat order by changed_at desc, title) as title,
    change,
    changed_at,
    lag(change) over (partition by chat, person order by changed_at, change) as previous_change,
    lag(changed_at) over (partition by chat, person order by changed_at, change) as previous_at
  from changes
)
select
  cast(changed_at as date) as day,
  max(title) as chat,
  chat as chat_id,
  count_if(change = 'join') as joins,
  count_if(change = 'leave') as leaves,
  count_if(change = 'title') as title_changes
from ordered
where not (
  change <> 'title'
  and coalesce(previous_change, '') = change
  and date_diff('second', previous_at, changed_at) <= 3600
)
group by cast(changed_at as date), chat
order by day, chat_id
