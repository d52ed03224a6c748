-- title: WhatsApp messages per hour, weekday and week
-- description: How many messages came at each hour of the day (0 to 23), on each day of the week (1 is Monday, 7 is
--   Sunday), in each ISO week of the year, by the lake's clock. A week's number stands for that week of every year.
--   Messages without a time share a row without one.
-- grain: one row per hour, weekday and week in which there was a message
with messages as (
  select from_unixtime("date", 'America/Sao_Paulo') as moment
  from "whatsapp"
  where context_date between cast(? as date) and cast(? as date)
    and coalesce(direction, 'inbound') = 'inbound'
),
moments as (
  select
    extract(hour from moment) as hora_do_dia,
    extract(dow from moment) as dia_da_semana,
    extract(week from moment) as semana_do_ano
  from messages
)
select
  hora_do_dia,
  dia_da_semana,
  semana_do_ano,
  count(*) as qtd_de_mensagens
from moments
group by hora_do_dia, dia_da_semana, semana_do_ano
order by semana_do_ano, dia_da_semana, hora_do_dia
