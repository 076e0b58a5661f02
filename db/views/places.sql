-- The person's places, with columns.
create or replace view places with (security_invoker = true) as
select user_id, record_id as place_id, data ->> 'name' as name, data ->> 'address' as address,
       data -> 'latitude' as latitude, data -> 'longitude' as longitude, data -> 'visits' as visits,
       data ->> 'lastVisitedAt' as last_visited_at,
       first_position, last_position
from records
where app_id = 'places' and table_name = 'places' and deleted_at is null;
