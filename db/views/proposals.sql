-- Every proposal and what became of it, with columns.
create or replace view proposals with (security_invoker = true) as
select user_id, record_id as proposal_id, data ->> 'missionId' as mission_id, data ->> 'iterationId' as iteration_id,
       data ->> 'toolName' as tool_name, data -> 'params' as params, data ->> 'rationale' as rationale,
       data ->> 'summary' as summary, data ->> 'status' as status, data ->> 'expiresAt' as expires_at,
       data ->> 'decidedAt' as decided_at, data ->> 'decidedBy' as decided_by, data ->> 'feedback' as feedback,
       first_position, last_position
from records
where app_id = 'ai' and table_name = 'aiProposals' and deleted_at is null;
