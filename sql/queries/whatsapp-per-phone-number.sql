-- title: Messages per number of the business on WhatsApp
-- description: How many messages people wrote to each number of the business, how many it sent, and with how many people
--   it had messages. Number is the phone number, known where the business writes in the app, or else its id. Messages
--   that the business sent through the API are known by their statuses.
-- grain: one row per number of the business
-- chart: bar x=business_number y=messages_in,messages_out
with exchanged as (
  select
    phone_number_id,
    person,
    case when direction = 'inbound' then counted_as end as message_in,
    case when direction = 'outbound' then counted_as end as message_out,
    case when direction = 'outbound' then json_extract_scalar(payload, '$.from') end as business_number
  from messages
  where context_date between cast(? as date) and cast(? as date)
    and platform = 'whatsapp'
    and counted_as is not null
  union all
  select phone_number_id, person, null as message_in, message_id as message_out, null as business_number
  from outgoing
  where context_date between cast(? as date) and cast(? as date)
)
select
  coalesce(max(business_number), phone_number_id) as business_number,
  phone_number_id,
  count(distinct message_in) as messages_in,
  count(distinct message_out) as messages_out,
  count(distinct person) as people
from exchanged
group by phone_number_id
order by messages_in desc, phone_number_id
