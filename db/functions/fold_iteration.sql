-- Folds one change of ai/aiIterations; the person's feedback on an iteration, when it changed, is a want of its mission.
-- What the iteration read is watched from here on, where the mission asked for that.
-- The caller holds the user's head row.
create or replace function fold_iteration(p_user_id text, p_iteration_id text, p_position bigint, p_actor jsonb) returns void
language plpgsql
set search_path = public, pg_temp as $$
declare
  v_feedback text;
  v_after jsonb;
begin
  select data ->> 'feedback' into v_feedback from records
    where (user_id, app_id, table_name, record_id) = (p_user_id, 'ai', 'aiIterations', p_iteration_id);
  perform fold_range(p_user_id, p_position, p_position);
  select data into v_after from records
    where (user_id, app_id, table_name, record_id) = (p_user_id, 'ai', 'aiIterations', p_iteration_id);
  if exists (select from missions
    where user_id = p_user_id and mission_id = v_after ->> 'missionId' and replan_on = 'inputs')
  then
    perform refold_mission_reads(p_user_id, v_after ->> 'missionId');
    if p_actor ->> 'source' = 'mission-runner' then
      perform raise_input_wants(p_user_id, late_reads(p_user_id, v_after));
    end if;
  end if;

  if is_operator() then
    perform mark_imported(p_user_id, v_after ->> 'missionId', v_after -> 'want');
  elsif v_after ->> 'feedback' is distinct from v_feedback and p_actor ->> 'kind' = 'user' then
    perform raise_want(p_user_id, v_after ->> 'missionId');
  end if;
end
$$;
