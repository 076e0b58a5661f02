-- The person's calendar events, with columns.
create or replace view events with (security_invoker = true) as
select user_id, record_id as event_id, data ->> 'title' as title, data ->> 'startsAt' as starts_at,
       data ->> 'endsAt' as ends_at, data ->> 'location' as location, data ->> 'notes' as notes,
       first_position, last_position
from records
where app_id = 'calendar' and table_name = 'events' and deleted_at is null;
