-- title: Conversations per day
-- description: A conversation ends when a chat is silent for the given number of hours, 24 unless told otherwise.
--   Counted on the day of its first message: how many began, who began them, and how many messages they had on average,
--   of both sides. Messages that the business sent through WhatsApp's API are known by their statuses.
-- grain: one row per day on which a conversation began
-- parameters: from date = 2023-01-01, to date = 9999-12-31, from, to, gap_hours bigint = 24
-- chart: bar x=day y=started_by_customer,started_by_business
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
    and chat is not null
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
),
counted as (
  select thread, counted_as, min(direction) as direction, min(sent_at) as sent_at, min(sent_epoch) as sent_epoch
  from written
  group by thread, counted_as
),
numbered as (
  select
    thread,
    direction,
    sent_at,
    sent_epoch,
    row_number() over (partition by thread order by sent_epoch, counted_as) as place,
    count(*) over (partition by thread) as messages,
    lag(sent_epoch) over (partition by thread order by sent_epoch, counted_as) as previous_epoch
  from counted
),
openings as (
  select thread, direction, sent_at, place, messages
  from numbered
  where coalesce(sent_epoch - previous_epoch >= 3600 * cast(? as bigint), true)
),
conversations as (
  select
    cast(sent_at as date) as day,
    direction,
    coalesce(lead(place) over (partition by thread order by place), messages + 1) - place as messages
  from openings
)
select
  day,
  count(*) as conversations,
  count_if(direction = 'inbound') as started_by_customer,
  count_if(direction = 'outbound') as started_by_business,
  round(avg(messages), 1) as mean_messages
from conversations
group by day
order by day
