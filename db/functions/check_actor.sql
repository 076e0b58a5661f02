-- Refuses an actor that is not one of: {kind:'user'}, {kind:'ai', missionId, iterationId, proposalId, rationale},
-- {kind:'system', source}, and nothing beside. The twin of actorSchema in src/core/log/actor.ts.
create or replace function check_actor(p_actor jsonb) returns void
language plpgsql as $$
declare
  v_fields text[] := '{}';
  v_field text;
begin
  if p_actor is null or jsonb_typeof(p_actor) <> 'object' then
    perform refuse_change('invalid_actor', 'actor', 'actor: every change has one, such as {"kind":"user"}');
  end if;
  case p_actor ->> 'kind'
    when 'user' then
      null;
    when 'ai' then
      v_fields := array['missionId', 'iterationId', 'proposalId', 'rationale'];
      foreach v_field in array v_fields loop
        if jsonb_typeof(p_actor -> v_field) is distinct from 'string' or p_actor ->> v_field = '' then
          perform refuse_change('invalid_actor', 'actor.' || v_field,
            format('actor.%s: an actor of kind ai names its mission, iteration, proposal and rationale', v_field));
        end if;
      end loop;
    when 'system' then
      v_fields := array['source'];
      if coalesce(p_actor ->> 'source', '') not in ('projection', 'rule', 'migration', 'mission-runner') then
        perform refuse_change('invalid_actor', 'actor.source',
          'actor.source: must be projection, rule, migration or mission-runner');
      end if;
    else
      perform refuse_change('invalid_actor', 'actor.kind', 'actor.kind: must be user, ai or system');
  end case;
  v_fields := array['kind'] || v_fields;
  if p_actor - v_fields <> '{}' then
    perform refuse_change('invalid_actor', 'actor', format('actor: an actor of kind %s holds nothing but %s',
      p_actor ->> 'kind', array_to_string(v_fields, ', ')));
  end if;
end
$$;
