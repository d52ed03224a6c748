-- title: Pages received per day
-- description: What arrived on each day. The branch that Pager adds to the query of the same name.
-- grain: one row per day
-- chart: line x=day y=messages
select context_date as day, 'pager' as source, count(*) as messages, 0 as quarantined
from pager
where context_date between cast(? as date) and cast(? as date)
group by context_date
order by day
