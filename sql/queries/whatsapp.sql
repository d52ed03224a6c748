-- title: Every WhatsApp message
-- description: The table as it is, all of its columns.
-- grain: one row a message
select *
from "whatsapp"
