-- What a plan is made from: when one of these differs after a fold, the mission wants a plan.
-- Absent and null are the same; so are an absent list of inputs and an empty one, an absent concept and an empty one.
create or replace function planning_fields(p_data jsonb) returns jsonb
language sql immutable parallel safe
return jsonb_build_object(
  'title', p_data -> 'title',
  'objective', p_data -> 'objective',
  'conceptMarkdown', coalesce(p_data ->> 'conceptMarkdown', ''),
  'inputs', case when jsonb_typeof(p_data -> 'inputs') = 'array' then p_data -> 'inputs' else '[]' end,
  'cadence', coalesce(nullif(p_data -> 'cadence', 'null'), '{"kind":"manual"}'),
  'timeZone', coalesce(p_data ->> 'timeZone', 'UTC'),
  'runRequestedAt', p_data ->> 'runRequestedAt');
