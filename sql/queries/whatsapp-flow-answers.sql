-- title: Answers to WhatsApp Flows
-- description: How often each answer was given to each question of the forms that people filled in. Question is the name
--   of the form's field. Of a field with several choices each choice is an answer. An answer that is neither text nor
--   number, such as a photo, has no text here.
-- grain: one row per question and answer
-- chart: bar x=answer y=answers series=question
with forms as (
  select person, try(cast(json_parse(response) as map(varchar, json))) as fields
  from messages
  where context_date between cast(? as date) and cast(? as date)
    and platform = 'whatsapp'
    and direction = 'inbound'
    and response is not null
    and coalesce(selection_id, 'flow') <> 'address_message'
),
fields as (
  select forms.person, names.question, json_format(element_at(forms.fields, names.question)) as content
  from forms
  cross join unnest(map_keys(forms.fields)) as names(question)
),
answers as (
  select fields.person, fields.question, json_extract_scalar(items.item, '$') as answer
  from fields
  cross join unnest(
    case
      when regexp_like(fields.content, '^\["') then regexp_extract_all(fields.content, '"([^"\\]|\\.)*"')
      else array[fields.content]
    end
  ) as items(item)
  where fields.question <> 'flow_token'
)
select question, answer, count(*) as answers, count(distinct person) as people
from answers
group by question, answer
order by question, answers desc, answer
