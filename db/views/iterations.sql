-- The iterations of every mission, with columns.
create or replace view iterations with (security_invoker = true) as
select user_id, record_id as iteration_id, data ->> 'missionId' as mission_id, data ->> 'want' as want,
       data ->> 'model' as model, data ->> 'overallStatus' as overall_status, data ->> 'summary' as summary,
       data ->> 'startedAt' as started_at, data ->> 'finishedAt' as finished_at,
       data -> 'error' as error, data ->> 'feedback' as feedback,
       first_position, last_position
from records
where app_id = 'ai' and table_name = 'aiIterations' and deleted_at is null;
