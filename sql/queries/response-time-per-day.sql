-- title: Response time
-- description: How long customers wait for the business. A customer waits from the first message that has no answer yet
--   to the next message of the business in the same chat. Counted on the day on which the waiting began: how many got
--   an answer, half of them within the median, nine of ten within p90. The shares are of all, answered or not. Only
--   private chats, on Telegram only those of a business account. Messages that the business sent through WhatsApp's
--   API are known by their statuses; marketing is no answer.
-- grain: one row per day on which a customer began to wait
-- chart: line x=day y=median_seconds,p90_seconds
-- platforms: each
with written as (
  select
    platform || ' ' || coalesce(phone_number_id, business_connection_id, '') || ' ' || chat as thread,
    direction,
    sent_at,
    sent_epoch,
    counted_as
  from messages
  where context_date between cast(? as date) and cast(? as date)
    and sent_at is not null
    and counted_as is not null
    and coalesce(kind, '') <> 'history'
    and chat_type = 'private'
    and chat is not null
    and not (platform = 'telegram' and business_connection_id is null)
  union all
  select
    platform || ' ' || coalesce(phone_number_id, '') || ' ' || chat as thread,
    'outbound' as direction,
    coalesce(sent_at, delivered_at, read_at) as sent_at,
    sent_epoch,
    message_id as counted_as
  from outgoing
  where context_date between cast(? as date) and cast(? as date)
    and sent_epoch is not null
    and chat is not null
    and group_id is null
    and coalesce(pricing_category, '') <> 'marketing'
),
answers as (
  select
    thread,
    direction,
    sent_at,
    sent_epoch,
    lag(direction) over (partition by thread order by sent_epoch, direction, counted_as) as previous_direction,
    -- the rows before this one in reverse: Trino computes a frame that only grows in one pass
    min(case when direction = 'outbound' then sent_epoch end) over (
      partition by thread
      order by sent_epoch desc, direction desc, counted_as desc
      rows between unbounded preceding and 1 preceding
    ) as answered_epoch
  from written
),
waits as (
  select cast(sent_at as date) as day, answered_epoch - sent_epoch as seconds
  from answers
  where direction = 'inbound' and coalesce(previous_direction, 'outbound') = 'outbound'
),
ranked as (
  select
    day,
    seconds,
    row_number() over (partition by day order by seconds) as place,
    count(seconds) over (partition by day) as timed
  from waits
)
select
  day,
  count(seconds) as replies,
  count(*) - count(seconds) as no_reply,
  min(case when place * 2 >= timed then seconds end) as median_seconds,
  min(case when place * 10 >= timed * 9 then seconds end) as p90_seconds,
  round(count_if(seconds <= 300) / nullif(cast(count(*) as double), 0), 3) as within_5_minutes,
  round(count_if(seconds <= 3600) / nullif(cast(count(*) as double), 0), 3) as within_1_hour,
  round(count_if(seconds <= 86400) / nullif(cast(count(*) as double), 0), 3) as within_1_day
from ranked
group by day
order by day
