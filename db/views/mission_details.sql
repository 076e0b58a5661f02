-- A mission as a person thinks of it: what they wrote, how it is scheduled, and its iterations with their plans.
create or replace view mission_details with (security_invoker = true) as
select r.user_id, r.record_id as mission_id, r.data ->> 'title' as title, r.data ->> 'objective' as objective,
       r.data ->> 'conceptMarkdown' as concept_markdown, r.data -> 'inputs' as inputs, m.cadence, m.time_zone, m.state,
       m.wanted, m.planned, m.next_run_at,
       read_iterations(r.user_id, r.record_id, 1000)::jsonb as iterations
from records r
join missions m on m.user_id = r.user_id and m.mission_id = r.record_id
where r.app_id = 'ai' and r.table_name = 'aiMissions' and r.deleted_at is null;
