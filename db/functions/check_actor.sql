-- Refuses an actor that is not one of: {kind:'user'}, {kind:'ai', missionId, iterationId, proposalId, rationale},
-- {kind:'system', source}. The same law as actorSchema in src/core/log/actor.ts.
create or replace function check_actor(p_actor jsonb) returns void
language plpgsql as $$
declare
  v_field text;
begin
  if p_actor is null or jsonb_typeof(p_actor) <> 'object' then
    perform refuse_change('invalid_actor', 'actor', 'actor: every change has one, such as {"kind":"user"}');
  end if;
  case p_actor ->> 'kind'
    when 'user' then
      if p_actor <> '{"kind":"user"}' then
        perform refuse_change('invalid_actor', 'actor', 'actor: of kind user it holds nothing but its kind');
      end if;
    when 'ai' then
      foreach v_field in array array['missionId', 'iterationId', 'proposalId', 'rationale'] loop
        if jsonb_typeof(p_actor -> v_field) is distinct from 'string' or p_actor ->> v_field = '' then
          perform refuse_change('invalid_actor', 'actor.' || v_field,
            format('actor.%s: an actor of kind ai names its mission, iteration, proposal and rationale', v_field));
        end if;
      end loop;
    when 'system' then
      if coalesce(p_actor ->> 'source', '') not in ('projection', 'rule', 'migration', 'mission-runner') then
        perform refuse_change('invalid_actor', 'actor.source',
          'actor.source: must be projection, rule, migration or mission-runner');
      end if;
    else
      perform refuse_change('invalid_actor', 'actor.kind', 'actor.kind: must be user, ai or system');
  end case;
end
$$;
