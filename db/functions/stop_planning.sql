-- Gives up what a mission of the current user wants, for the person who says "not now": takes the claim away, so that a
-- plan under way can write nothing, and records one failed iteration that says who stopped it (every want has exactly one).
-- What was proposed before stays open, and the cadence goes on at p_next_run_at. Returns the iteration's id; null when
-- nothing is wanted. Lock order: log head, then mission.
create or replace function stop_planning(p_mission_id text, p_next_run_at timestamptz, p_now timestamptz default null)
returns text
language plpgsql security definer
set search_path = public, pg_temp as $$
declare
  v_now timestamptz := coalesce(p_now, clock_timestamp());
  v_position bigint := lock_log();
  v_mission missions;
  v_calls jsonb;
  v_iteration_id text;
begin
  select * into v_mission from missions where user_id = current_user_id() and mission_id = p_mission_id for update;
  if not found or v_mission.wanted = v_mission.planned or not is_plannable(v_mission.state, v_mission.deleted_at) then
    return null;
  end if;
  v_iteration_id := p_mission_id || '-' || v_mission.wanted;

  select jsonb_build_object('calls', count(*), 'inputTokens', coalesce(sum(input_tokens), 0),
                            'outputTokens', coalesce(sum(output_tokens), 0)) into v_calls
  from model_calls where (user_id, mission_id, want) = (v_mission.user_id, p_mission_id, v_mission.wanted);

  insert into sync_changes (user_id, app_id, table_name, record_id, op, data, actor)
  values (v_mission.user_id, 'ai', 'aiIterations', v_iteration_id, 'insert',
    jsonb_build_object('missionId', p_mission_id, 'want', v_mission.wanted, 'source', 'server', 'model', 'none',
      'startedAt', format_stamp(coalesce(v_mission.wanted_at, v_now)), 'finishedAt', format_stamp(v_now),
      'sawPosition', v_position, 'usage', v_calls, 'overallStatus', 'failed', 'summary', '', 'plan', '[]'::jsonb,
      'error', jsonb_build_object('reason', 'stopped', 'message', 'you stopped it')),
    '{"kind":"system","source":"mission-runner"}');

  if v_mission.claim_token is not null then
    perform settle_call(v_mission.user_id, p_mission_id, v_mission.claim_token, null);
  end if;
  update missions set
    begun = wanted, planned = wanted, claim_token = null, runner = null, attempts = 0, lapses = 0, want_causes = '[]', held = null,
    next_run_at = p_next_run_at, queue_at = null, due_at = p_next_run_at
  where user_id = v_mission.user_id and mission_id = p_mission_id;
  -- Whoever is planning it finds the claim gone, and cuts the call short.
  perform pg_notify('mission_wake', '');
  return v_iteration_id;
end
$$;
