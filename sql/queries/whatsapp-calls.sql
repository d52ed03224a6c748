-- title: WhatsApp calls
-- description: How many calls people (inbound) and the business (outbound) made on each day, what became of them, and how
--   long they lasted. Missed is a call that ended without an answer. The mean is of answered calls. The day is that of
--   the call's first event.
-- grain: one row per day and direction
-- chart: bar x=day y=answered,missed,rejected
with happened as (
  select
    coalesce(json_extract_scalar(payload, '$.id'), id) as call_id,
    lower(event) as event,
    case
      when "date" between received_at - 604800 and received_at + 86400
        then cast(from_unixtime("date", 'America/Sao_Paulo') as date)
      else context_date
    end as day,
    lower(json_extract_scalar(payload, '$.direction')) as initiator,
    json_extract_scalar(payload, '$.duration') as duration
  from "events"
  where context_date between cast(? as date) and cast(? as date)
    and source = 'whatsapp'
    and kind = 'calls'
    and event is not null
),
calls as (
  select
    call_id,
    min(day) as day,
    -- Only calls of the business have statuses.
    coalesce(
      max(initiator),
      case when count_if(event in ('ringing', 'accepted', 'rejected')) > 0 then 'business_initiated' end
    ) as initiator,
    count_if(event = 'accepted') > 0 as is_accepted,
    count_if(event = 'rejected') > 0 as is_rejected,
    count_if(event = 'terminate') > 0 as is_over,
    nullif(max(case when regexp_like(duration, '^\d{1,9}$') then cast(duration as double) end), 0e0) as seconds
  from happened
  group by call_id
),
outcomes as (
  select
    day,
    case initiator when 'user_initiated' then 'inbound' when 'business_initiated' then 'outbound' end as direction,
    seconds,
    case
      when seconds is not null then 'answered'
      when is_rejected then 'rejected'
      when is_over then 'missed'
      when is_accepted then 'answered'
    end as outcome
  from calls
)
select
  day,
  direction,
  count(*) as calls,
  count_if(outcome = 'answered') as answered,
  count_if(outcome = 'missed') as missed,
  count_if(outcome = 'rejected') as rejected,
  coalesce(sum(seconds), 0e0) as total_seconds,
  round(avg(seconds), 1) as mean_seconds
from outcomes
group by day, direction
order by day, direction
