-- title: Messages per person
-- description: How many messages each person wrote. The name is the last that the person had. Where several people
--   have the same name, or it shows nothing, the username, the end of the number or the id tells them apart.
--   "(unknown)" is for messages without an id of a person, such as posts of a channel.
-- grain: one row per person
-- chart: bar x=name y=messages top=20
-- platforms: each
with written as (
  select platform, person, name, username, cast(number as varchar) as digits, received_at, counted_as
  from messages
  where context_date between cast(? as date) and cast(? as date)
    and direction = 'inbound'
    and counted_as is not null
),
ranked as (
  select
    *,
    row_number() over (
      partition by platform, person
      order by case when name is null then 1 else 0 end, received_at desc, counted_as desc
    ) as place
  from written
),
writers as (
  select
    platform,
    person,
    max(case when place = 1 then name end) as name,
    -- Without format characters and variation selectors, which are not seen.
    -- U+115F, U+1160, U+2800, U+3164 and U+FFA0 are empty, though no spaces by Unicode
    lower(
      trim(
        regexp_replace(
          regexp_replace(
            normalize(max(case when place = 1 then name end)),
            '[\p{Cf}' || chr(65024) || '-' || chr(65039) || ']',
            ''
          ),
          '[\s\p{Cc}\p{Z}' || chr(4447) || chr(4448) || chr(10240) || chr(12644) || chr(65440) || ']+',
          ' '
        )
      )
    ) as shown,
    coalesce('@' || max(username), '…' || substr(max(digits), -4), person) as mark,
    count(distinct counted_as) as messages
  from ranked
  group by platform, person
),
compared as (
  select
    *,
    count(*) over (partition by shown) as of_this_name,
    count(*) over (partition by shown, mark) as of_this_mark
  from writers
)
select
  case
    when person is null then '(unknown)'
    when coalesce(shown, '') = '' then person
    when of_this_name = 1 then trim(name)
    when of_this_mark = 1 then trim(name) || ' (' || mark || ')'
    else trim(name) || ' (' || person || ')'
  end as name,
  person,
  messages,
  platform
from compared
order by messages desc, person, platform
