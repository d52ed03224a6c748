-- title: The ids of a person
-- description: Which ids are one person's, as the table identities ties them over up to six steps: number, user id, new
--   user id … The person is named by the smallest of the ids. An id that is tied to no other has no row.
-- grain: one row per platform and id
-- days: all
-- columns: platform varchar, id varchar, person varchar
with pairs as (
  select
    source,
    case when sides.side in (1, 2) then id else same_as end as id,
    case when sides.side in (1, 3) then id else same_as end as same_as
  from "identities"
  cross join unnest(sequence(1, 4)) as sides(side) -- both ways, and each id with itself
),
-- Athena's views have no recursion. Each step takes the smallest id one pair further away.
step_1 as (
  select source, id, min(same_as) as person from pairs group by source, id
),
step_2 as (
  select pairs.source, pairs.id, min(step_1.person) as person
  from pairs
  join step_1 on step_1.source = pairs.source and step_1.id = pairs.same_as
  group by pairs.source, pairs.id
),
step_3 as (
  select pairs.source, pairs.id, min(step_2.person) as person
  from pairs
  join step_2 on step_2.source = pairs.source and step_2.id = pairs.same_as
  group by pairs.source, pairs.id
),
step_4 as (
  select pairs.source, pairs.id, min(step_3.person) as person
  from pairs
  join step_3 on step_3.source = pairs.source and step_3.id = pairs.same_as
  group by pairs.source, pairs.id
),
step_5 as (
  select pairs.source, pairs.id, min(step_4.person) as person
  from pairs
  join step_4 on step_4.source = pairs.source and step_4.id = pairs.same_as
  group by pairs.source, pairs.id
)
select pairs.source as platform, pairs.id, min(step_5.person) as person
from pairs
join step_5 on step_5.source = pairs.source and step_5.id = pairs.same_as
group by pairs.source, pairs.id
