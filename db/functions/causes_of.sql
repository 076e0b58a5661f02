-- The missions that a change is an effect of: of one made by an AI its mission, and those whose effects led, step by step,
-- to the plan that it is a step of. Whoever else makes a change begins anew: none.
create or replace function causes_of(p_user_id text, p_actor jsonb) returns jsonb
language plpgsql stable
set search_path = public, pg_temp as $$
begin
  if p_actor ->> 'kind' is distinct from 'ai' then
    return '[]';
  end if;
  return jsonb_build_array(p_actor -> 'missionId') || coalesce(
    (select r.data -> 'causedBy' from records r
     where (r.user_id, r.app_id, r.table_name, r.record_id) = (p_user_id, 'ai', 'aiIterations', p_actor ->> 'iterationId')
       and jsonb_typeof(r.data -> 'causedBy') = 'array'), '[]');
end
$$;
