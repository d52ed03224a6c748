-- title: First contacts by ad on WhatsApp
-- description: How many people wrote for the first time from each ad or post, and how many of them wrote again on a later
--   day. The first time is the first within the days asked for. Ad is the headline, or else the id. The first and the
--   last day are those of first messages.
-- grain: one row per ad or post
-- chart: bar x=ad y=people top=20
with written as (
  select
    person,
    referral_id,
    case when referral_id is not null then json_extract_scalar(payload, '$.referral.headline') end as headline,
    coalesce(sent_at, received_at) as moment,
    message_id
  from messages
  where context_date between cast(? as date) and cast(? as date)
    and platform = 'whatsapp'
    and direction = 'inbound'
    and counted_as is not null
    and person is not null
),
ranked as (
  select
    person,
    referral_id,
    headline,
    cast(moment as date) as day,
    row_number() over (partition by person order by moment, message_id) as place
  from written
),
last_days as (
  select person, max(day) as last_written
  from ranked
  group by person
),
first_contacts as (
  select
    ranked.referral_id,
    ranked.headline,
    ranked.day,
    last_days.last_written
  from ranked
  join last_days on last_days.person = ranked.person
  where ranked.place = 1
    and ranked.referral_id is not null
)
select
  coalesce(max(headline), referral_id) as ad,
  referral_id,
  count(*) as people,
  count_if(last_written > day) as returned,
  min(day) as first_day,
  max(day) as last_day
from first_contacts
group by referral_id
order by people desc, referral_id
