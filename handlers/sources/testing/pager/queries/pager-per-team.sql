-- title: Pages by team
-- description: How many pages each team sent
-- grain: one row per team
-- chart: bar x=team y=messages
select team, count(*) as messages
from pager
where context_date between cast(? as date) and cast(? as date)
group by team
order by messages desc, team
