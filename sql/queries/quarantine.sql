-- title: Everything in quarantine
-- description: The table as it is: what could not become a row, the reason and the payload.
-- grain: one row for each message, or whole body
select *
from "quarantine"
where context_date between cast(? as date) and cast(? as date)
