-- title: What messages cost on WhatsApp
-- description: How many messages the business sent on each day in each price category, each counted once, and the amount
--   that they cost by the prices of "npm run query -- whatsapp-prices-per-day --rates FILE". WhatsApp charges for a
--   billable message once it is delivered. The amount is a double, rounded to 4 digits. It is null without prices, and
--   where the price of a charged message is missing or is by conversation. Messages without a price category are left
--   out. A message to a group counts once.
-- grain: one row per day, category, type and whether it is billable
-- chart: bar x=day y=messages series=pricing_category
with rates as (
  -- --rates puts its prices here.
  select category, prefix, price
  from (values ('', '', 0e0)) as t(category, prefix, price)
  where category <> ''
),
card as (
  select count(*) as prices
  from rates
),
sent as (
  select
    message_id,
    coalesce(cast(coalesce(sent_at, failed_at, delivered_at, read_at, played_at) as date), context_date) as day,
    pricing_category,
    pricing_type,
    coalesce(pricing_model, 'PMP') as pricing_model,
    coalesce(billable, pricing_type = 'regular', false) as billable,
    case
      when status in ('delivered', 'read', 'played') then true
      else coalesce(delivered_at, read_at, played_at) is not null
    end as is_delivered,
    coalesce(cast(number as varchar), '') as digits
  from outgoing
  where context_date between cast(? as date) and cast(? as date)
    and pricing_category is not null
),
priced as (
  select
    sent.day,
    sent.pricing_category,
    sent.pricing_type,
    sent.billable,
    sent.billable and sent.is_delivered as is_charged,
    case when sent.pricing_model <> 'CBP' then rates.price end as price,
    -- The longest prefix wins.
    row_number() over (partition by sent.message_id order by length(rates.prefix) desc) as place
  from sent
  left join rates on rates.category = sent.pricing_category and starts_with(sent.digits, rates.prefix)
),
counts as (
  select
    day,
    pricing_category,
    pricing_type,
    billable,
    count(*) as messages,
    count_if(is_charged) as charged,
    count_if(is_charged and price is null) as without_price,
    coalesce(sum(case when is_charged then price end), 0e0) as amount
  from priced
  where place = 1
  group by day, pricing_category, pricing_type, billable
)
select
  counts.day,
  counts.pricing_category,
  counts.pricing_type,
  counts.billable,
  counts.messages,
  counts.charged,
  case when card.prices > 0 and counts.without_price = 0 then round(counts.amount, 4) end as amount
from counts
cross join card
order by counts.day, counts.pricing_category, counts.pricing_type, counts.billable
