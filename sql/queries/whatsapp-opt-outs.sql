-- title: Opt-outs from marketing on WhatsApp
-- description: How often people told WhatsApp on each day to stop the business's marketing messages, or to resume them, and
--   how many people did.
-- grain: one row per day on which somebody did
-- chart: bar x=day y=stops,resumes
with preferences as (
  select person as person_id, event, "date" as happened, received_at, context_date
  from "events"
  where context_date between cast(? as date) and cast(? as date)
    and source = 'whatsapp'
    and kind = 'user_preferences'
),
choices as (
  select
    case
      when preferences.happened between preferences.received_at - 604800 and preferences.received_at + 86400
        then cast(from_unixtime(preferences.happened, 'America/Sao_Paulo') as date)
      else preferences.context_date
    end as day,
    lower(preferences.event) as choice,
    coalesce(person_ids.person, preferences.person_id) as person
  from preferences
  left join person_ids on person_ids.platform = 'whatsapp' and person_ids.id = preferences.person_id
)
select
  day,
  count_if(choice = 'stop') as stops,
  count_if(choice = 'resume') as resumes,
  count(distinct person) as people
from choices
where choice in ('stop', 'resume')
group by day
order by day
