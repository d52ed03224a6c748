-- title: Every Telegram message
-- description: The table as it is, all of its columns.
-- grain: one row a message
select *
from "telegram"
where context_date between cast(? as date) and cast(? as date)
