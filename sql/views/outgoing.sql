-- title: What became of the messages that the business sent on WhatsApp
-- description: When each was sent, delivered, read or failed, and its price category, from its statuses. Statuses of
--   payments are left out. Of a message to a group a time is that of the first participant.
-- grain: one row per message that has a status
-- days: all
-- columns: message_id varchar, person varchar, number bigint, username varchar, group_id varchar,
--   phone_number_id varchar, status varchar, sent_at timestamp, delivered_at timestamp, read_at timestamp,
--   played_at timestamp, failed_at timestamp, error_code bigint, error_title varchar, pricing_category varchar,
--   pricing_type varchar, pricing_model varchar, billable boolean, conversation_id varchar, conversation_type varchar,
--   callback_data varchar, context_date date, chat varchar, platform varchar,
--   sent_epoch bigint
with statuses as (
  select
    whatsapp_statuses.*,
    coalesce(person_ids.person, whatsapp_statuses.person) as customer,
    case
      when "date" between received_at - 604800 and received_at + 86400
        then cast(from_unixtime("date", 'America/Sao_Paulo') as timestamp)
    end as happened_at
  from "whatsapp_statuses"
  left join person_ids on person_ids.platform = 'whatsapp' and person_ids.id = whatsapp_statuses.person
  where coalesce(type, 'message') <> 'payment'
)
select
  message_id,
  max(case when group_id is null then customer end) as person,
  max(case when group_id is null then number end) as number,
  max(case when group_id is null then username end) as username,
  max(group_id) as group_id,
  max(phone_number_id) as phone_number_id,
  case
    when count_if(status = 'failed') > 0 then 'failed'
    when count_if(status = 'played') > 0 then 'played'
    when count_if(status = 'read') > 0 then 'read'
    when count_if(status = 'delivered') > 0 then 'delivered'
    when count_if(status = 'sent') > 0 then 'sent'
    else max(status)
  end as status,
  min(case when status = 'sent' then happened_at end) as sent_at,
  min(case when status = 'delivered' then happened_at end) as delivered_at,
  min(case when status = 'read' then happened_at end) as read_at,
  min(case when status = 'played' then happened_at end) as played_at,
  min(case when status = 'failed' then happened_at end) as failed_at,
  max(case when status = 'failed' then error_code end) as error_code,
  max(case when status = 'failed' then error_title end) as error_title,
  max(pricing_category) as pricing_category,
  max(pricing_type) as pricing_type,
  max(pricing_model) as pricing_model,
  bool_or(billable) as billable,
  max(conversation_id) as conversation_id,
  max(conversation_type) as conversation_type,
  max(callback_data) as callback_data,
  min(context_date) as context_date,
  max(coalesce(group_id, customer)) as chat,
  'whatsapp' as platform,
  coalesce(
    min(case when status = 'sent' and happened_at is not null then "date" end),
    min(case when status = 'delivered' and happened_at is not null then "date" end),
    min(case when status = 'read' and happened_at is not null then "date" end)
  ) as sent_epoch
from statuses
group by message_id
