-- title: People
-- description: Everyone who wrote, or to whom the business wrote, under all of their ids. Bots, channels and system
--   accounts are no people. Edits, deletions, reactions and service messages are not counted as messages.
-- grain: one row per person
-- days: all
-- columns: platform varchar, person varchar, ids varchar, name varchar, names varchar, numbers varchar,
--   username varchar, usernames varchar, first_seen timestamp, last_seen timestamp, messages_in bigint,
--   messages_out bigint
with contacts as (
  select
    platform,
    person,
    name,
    username,
    number,
    coalesce(sent_at, received_at) as seen_at,
    direction,
    counted_as
  from messages
  where person is not null and not is_bot
  union all
  select
    'whatsapp' as platform,
    coalesce(person_ids.person, whatsapp_statuses.person) as person,
    null as name,
    username,
    number,
    coalesce(
      case
        when "date" between received_at - 604800 and received_at + 86400
          then cast(from_unixtime("date", 'America/Sao_Paulo') as timestamp)
      end,
      cast(from_unixtime(received_at, 'America/Sao_Paulo') as timestamp)
    ) as seen_at,
    'outbound' as direction,
    message_id as counted_as
  from "whatsapp_statuses"
  left join person_ids on person_ids.platform = 'whatsapp' and person_ids.id = whatsapp_statuses.person
  where whatsapp_statuses.person is not null
),
ranked as (
  select
    *,
    row_number() over (
      partition by platform, person order by case when name is null then 1 else 0 end, seen_at desc, name
    ) as name_place,
    row_number() over (
      partition by platform, person order by case when username is null then 1 else 0 end, seen_at desc, username
    ) as username_place
  from contacts
),
tied as (
  select platform, person, array_join(array_sort(array_agg(id)), ', ') as ids
  from person_ids
  group by platform, person
)
select
  ranked.platform,
  ranked.person,
  coalesce(max(tied.ids), ranked.person) as ids,
  max(case when name_place = 1 then name end) as name,
  array_join(array_sort(array_agg(distinct name) filter (where name is not null)), ', ') as names,
  array_join(array_sort(array_agg(distinct cast(number as varchar)) filter (where number is not null)), ', ') as numbers,
  max(case when username_place = 1 then username end) as username,
  array_join(array_sort(array_agg(distinct username) filter (where username is not null)), ', ') as usernames,
  min(seen_at) as first_seen,
  max(seen_at) as last_seen,
  count(distinct case when direction = 'inbound' then counted_as end) as messages_in,
  count(distinct case when direction = 'outbound' then counted_as end) as messages_out
from ranked
left join tied on tied.platform = ranked.platform and tied.person = ranked.person
group by ranked.platform, ranked.person
