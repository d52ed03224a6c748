-- title: Telegram messages per user
-- description: Who writes how much, bots too. The name is the last that the user was known by, or else the id. Posts
--   of channels, which have no user, share a row without one.
-- grain: one row a user
-- chart: bar x=name y=messages top=20
with messages as (
  select user_id, user_first_name, received_at, update_id
  from "telegram"
  where context_date between cast(? as date) and cast(? as date)
    and coalesce(direction, 'inbound') = 'inbound'
),
recent as (
  select
    user_id,
    user_first_name,
    row_number() over (
      partition by user_id
      order by case when user_first_name is null then 1 else 0 end, received_at desc, update_id desc
    ) as place
  from messages
),
users as (
  select
    user_id,
    max(case when place = 1 then user_first_name end) as name,
    count(*) as messages
  from recent
  group by user_id
)
select coalesce(name, cast(user_id as varchar)) as name, user_id, messages
from users
order by messages desc, user_id
