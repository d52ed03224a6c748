-- title: Every WhatsApp message
-- description: The table as it is, all of its columns.
-- grain: one row a message
select *
from "whatsapp"
where context_date between cast(? as date) and cast(? as date)
