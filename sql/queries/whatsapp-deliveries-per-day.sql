-- title: What became of the messages sent on WhatsApp
-- description: How many messages the business sent on each day, by price category, and how many of them were delivered,
--   read or failed. "sent" counts every message that has a status, failed ones too. A message that was read counts as
--   delivered. The day is that of the message's first status.
-- grain: one row per day and price category
-- chart: line x=day y=sent,delivered,read,failed
with statuses as (
  select pricing_category, status, sent_at, delivered_at, read_at, played_at, failed_at, context_date
  from outgoing
  where context_date between cast(? as date) and cast(? as date)
),
progress as (
  select
    coalesce(cast(coalesce(sent_at, failed_at, delivered_at, read_at, played_at) as date), context_date) as day,
    pricing_category,
    case
      when status in ('delivered', 'read', 'played') then true
      else coalesce(delivered_at, read_at, played_at) is not null
    end as is_delivered,
    case when status in ('read', 'played') then true else coalesce(read_at, played_at) is not null end as is_read,
    status = 'failed' as is_failed
  from statuses
),
counts as (
  select
    day,
    pricing_category,
    count(*) as sent,
    count_if(is_delivered) as delivered,
    count_if(is_read) as read,
    count_if(is_failed) as failed
  from progress
  group by day, pricing_category
)
select
  day,
  pricing_category,
  sent,
  delivered,
  read,
  failed,
  round(1e0 * delivered / nullif(sent, 0), 4) as delivered_share,
  round(1e0 * read / nullif(sent, 0), 4) as read_share
from counts
order by day, pricing_category
