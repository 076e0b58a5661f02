-- The person's tasks, with columns.
create or replace view tasks with (security_invoker = true) as
select user_id, record_id as task_id, data ->> 'title' as title, data ->> 'notes' as notes,
       data ->> 'dueDate' as due_date, data ->> 'priority' as priority, data -> 'completed' = 'true' as completed,
       data ->> 'completedAt' as completed_at,
       first_position, last_position
from records
where app_id = 'todo' and table_name = 'tasks' and deleted_at is null;
