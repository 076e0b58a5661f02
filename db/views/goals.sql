-- The person's goals, with columns.
create or replace view goals with (security_invoker = true) as
select user_id, record_id as goal_id, data ->> 'title' as title, data -> 'target' as target,
       data ->> 'unit' as unit, data -> 'progress' as progress, data ->> 'deadline' as deadline,
       first_position, last_position
from records
where app_id = 'goals' and table_name = 'goals' and deleted_at is null;
