-- title: WhatsApp messages per user
-- description: Who writes how much. A person is a phone number, or the WhatsApp user id of one who hides it. The name
--   is the last that the person was known by, or else who that is.
-- grain: one row a person
-- chart: bar x=name y=messages top=20
with messages as (
  select
    coalesce(cast(number as varchar), user_id) as person,
    name,
    received_at,
    message_id
  from "whatsapp"
  where context_date between cast(? as date) and cast(? as date)
    and coalesce(direction, 'inbound') = 'inbound'
),
recent as (
  select
    person,
    name,
    row_number() over (
      partition by person
      order by case when name is null then 1 else 0 end, received_at desc, message_id
    ) as place
  from messages
),
people as (
  select
    person,
    max(case when place = 1 then name end) as name,
    count(*) as messages
  from recent
  group by person
)
select coalesce(name, person) as name, person, messages
from people
order by messages desc, person
