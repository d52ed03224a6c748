-- title: Telegram groups: silent members
-- description: The people of each group whose last message is more than the given number of days, 30 unless told
--   otherwise, older than the last message of all; and those who joined as long ago and wrote nothing. Who left is left
--   out, and so are bots. Who wrote or joined before the range is not known. The name is the last that the person had;
--   where several people have the same name, or it shows nothing, the username or the id tells them apart.
-- grain: one row per group and silent member
-- parameters: from date = 2023-01-01, to date = 9999-12-31, days bigint = 30
-- chart: bar x=name y=days_silent top=20
with told as (
  select chat, chat_title, type, person, name, username, is_bot, counted_as, sent_at, payload
  from messages
  where context_date between cast(? as date) and cast(? as date)
    and platform = 'telegram'
    and sent_at is not null
    and chat_type in ('group', 'supergroup')
),
last_day as (
  select cast(max(sent_at) as date) as day
  from told
),
writers as (
  select chat, person, max(sent_at) as last_at, count(distinct counted_as) as messages
  from told
  where counted_as is not null and person is not null and not is_bot
  group by chat, person
),
silent_writers as (
  select
    writers.chat,
    writers.person,
    writers.last_at,
    writers.messages,
    date_diff('day', cast(writers.last_at as date), last_day.day) as days_silent
  from writers
  cross join last_day
  where date_diff('day', cast(writers.last_at as date), last_day.day) > cast(? as bigint)
),
changes as (
  select chat, true as is_join, users.user_json, sent_at as changed_at
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
    false as is_join,
    regexp_extract(
      regexp_extract(payload, '"left_chat_member"\s*:\s*\{([^{}"]|"([^"\\]|\\.)*")*\}'),
      '\{.*'
    ) as user_json,
    sent_at as changed_at
  from told
  where type = 'left_chat_member'
  union all
  select
    chat,
    case event
      when 'restricted' then coalesce(json_extract_scalar(payload, '$.new_chat_member.is_member'), 'false') = 'true'
      else event not in ('left', 'kicked')
    end as is_join,
    json_format(json_extract(payload, '$.new_chat_member.user')) as user_json,
    cast(from_unixtime("date", 'America/Sao_Paulo') as timestamp) as changed_at
  from "events"
  where context_date between cast(? as date) and cast(? as date)
    and source = 'telegram'
    and kind = 'chat_member'
    and event is not null
    -- a change of rights is neither a join nor a leave
    and case json_extract_scalar(payload, '$.old_chat_member.status')
      when 'restricted' then coalesce(json_extract_scalar(payload, '$.old_chat_member.is_member'), 'false') = 'true'
      else coalesce(json_extract_scalar(payload, '$.old_chat_member.status'), 'left') not in ('left', 'kicked')
    end <> case event
      when 'restricted' then coalesce(json_extract_scalar(payload, '$.new_chat_member.is_member'), 'false') = 'true'
      else event not in ('left', 'kicked')
    end
    and "date" between received_at - 604800 and received_at + 86400
),
members as (
  select
    chat,
    json_extract_scalar(user_json, '$.id') as person,
    coalesce(
      json_extract_scalar(user_json, '$.first_name') || ' ' || json_extract_scalar(user_json, '$.last_name'),
      json_extract_scalar(user_json, '$.first_name')
    ) as name,
    json_extract_scalar(user_json, '$.username') as username,
    is_join,
    changed_at
  from changes
  where coalesce(json_extract_scalar(user_json, '$.is_bot'), 'false') = 'false'
),
last_changes as (
  select
    chat,
    person,
    is_join,
    changed_at,
    row_number() over (partition by chat, person order by changed_at desc, is_join) as place
  from members
),
silent as (
  select
    silent_writers.chat,
    silent_writers.person,
    silent_writers.last_at,
    silent_writers.messages,
    silent_writers.days_silent
  from silent_writers
  left join last_changes
    on last_changes.place = 1
    and last_changes.chat = silent_writers.chat
    and last_changes.person = silent_writers.person
  where not coalesce(not last_changes.is_join and last_changes.changed_at >= silent_writers.last_at, false)
  union all
  select
    last_changes.chat,
    last_changes.person,
    null as last_at,
    0 as messages,
    date_diff('day', cast(last_changes.changed_at as date), last_day.day) as days_silent
  from last_changes
  cross join last_day
  left join writers on writers.chat = last_changes.chat and writers.person = last_changes.person
  where last_changes.place = 1
    and last_changes.is_join
    and last_changes.person is not null
    and writers.person is null
    and date_diff('day', cast(last_changes.changed_at as date), last_day.day) > cast(? as bigint)
),
names as (
  select person, name, username, sent_at as named_at
  from told
  where person is not null and name is not null
  union all
  select person, name, username, changed_at as named_at
  from members
  where person is not null and name is not null
),
last_names as (
  select
    person,
    name,
    username,
    -- Without format characters and variation selectors, which are not seen.
    -- U+115F, U+1160, U+2800, U+3164 and U+FFA0 are empty, though no spaces by Unicode
    lower(
      trim(
        regexp_replace(
          regexp_replace(normalize(name), '[\p{Cf}' || chr(65024) || '-' || chr(65039) || ']', ''),
          '[\s\p{Cc}\p{Z}' || chr(4447) || chr(4448) || chr(10240) || chr(12644) || chr(65440) || ']+',
          ' '
        )
      )
    ) as shown,
    row_number() over (partition by person order by named_at desc, name, username) as place
  from names
),
compared as (
  select person, trim(name) as name, username, shown, count(*) over (partition by shown) as of_this_name
  from last_names
  where place = 1
),
titles as (
  select chat, max(chat_title) as title
  from (
    select chat, first_value(chat_title) over (partition by chat order by sent_at desc, chat_title) as chat_title
    from told
    where chat_title is not null
  ) as told_titles
  group by chat
),
-- A group that became a supergroup goes on under another id
migrated as (
  select chat
  from told
  where type = 'migrate_to_chat_id'
  group by chat
)
select
  case
    when coalesce(compared.shown, '') = '' then silent.person
    when compared.of_this_name = 1 then compared.name
    else compared.name || ' (' || coalesce('@' || compared.username, silent.person) || ')'
  end as name,
  silent.person,
  titles.title as chat,
  silent.chat as chat_id,
  silent.last_at,
  silent.messages,
  silent.days_silent
from silent
left join compared on compared.person = silent.person
left join titles on titles.chat = silent.chat
left join migrated on migrated.chat = silent.chat
where migrated.chat is null
order by days_silent desc, chat_id, person
