-- Write-back of one user's finished plans, all in the caller's transaction: each is valid only while its claim still
-- holds and nobody has edited its mission since it was claimed. Supersedes the mission's undecided older proposals
-- (unless the attempt failed: there is no newer plan), appends the changes (the iteration, its proposals, and the
-- effects of steps that the policy lets run at once) and closes the want.
--
-- p_plans is [{"missionId", "token", "changes", "failed", "nextRunAt"}]; returns what became of each, in their order:
--   'recorded', or, with nothing written for it,
--   'claim_lost'      another runner has, or may have, the claim
--   'mission_edited'  the mission wants a newer plan, or is no longer active; it is handed back
--   'log_locked'      somebody else holds the user's log, and p_waits is false
--
-- Several users' plans may share a transaction (src/runner/record-plans.ts): it must not wait for one user's log while it
-- holds another's, so it calls this with p_waits false, and so no two of them can ever wait for each other.
-- Lock order: log head, then missions; under the head nobody holds a mission for longer than a statement.
create or replace function record_plans(
  p_user_id text, p_plans jsonb, p_waits boolean, p_now timestamptz default null
) returns text[]
language plpgsql security definer
set search_path = public, pg_temp as $$
declare
  v_setting text;
  v_outcomes text[];
  v_has_causes boolean;
begin
  -- (Assigned, not performed: plpgsql then evaluates it without a statement of its own.)
  v_setting := set_config('app.current_user_id', p_user_id, true);
  -- Not lock_log, which would begin the log anew of a user who was erased meanwhile.
  if p_waits then
    perform from user_heads where user_id = p_user_id for update;
  else
    perform from user_heads where user_id = p_user_id for update skip locked;
  end if;
  if not found then
    return array_fill(
      case when not p_waits and exists (select from user_heads where user_id = p_user_id)
        then 'log_locked' else 'claim_lost' end,
      array[jsonb_array_length(p_plans)]);
  end if;

  -- The clock is read above the lock, so after it was waited for: that may have taken as long as the lease had left.
  with locked as materialized (
    select m as mission from missions m
    where m.user_id = p_user_id and m.mission_id in (select plan ->> 'missionId' from jsonb_array_elements(p_plans) plan)
    for update
  ), plans as (
    select plan, n, row_number() over (partition by plan ->> 'missionId' order by n) as nth
    from jsonb_array_elements(p_plans) with ordinality given (plan, n)
  )
  select array_agg(
    case
      when m.claim_token is distinct from (p.plan ->> 'token')::uuid then 'claim_lost'
      when m.due_at <= coalesce(p_now, clock_timestamp()) then 'claim_lost'
      when p.nth > 1 then 'claim_lost' -- spent on the one before
      when m.wanted > m.begun or not is_plannable(m.state, m.deleted_at) then 'mission_edited'
      else 'recorded'
    end order by p.n), bool_or(m.want_causes <> '[]') into v_outcomes, v_has_causes
  from plans p left join (select (mission).* from locked) m on m.mission_id = p.plan ->> 'missionId';

  if 'mission_edited' = any (v_outcomes) then
    perform release_claim(p_user_id, p.plan ->> 'missionId', (p.plan ->> 'token')::uuid, null, true, false)
      from jsonb_array_elements(p_plans) with ordinality p (plan, n) where v_outcomes[p.n] = 'mission_edited';
  end if;
  if not 'recorded' = any (v_outcomes) then
    return v_outcomes;
  end if;

  -- The plan at hand answers the want with these causes; what it causes in turn goes by its own record of them.
  if v_has_causes then
    update missions m set want_causes = '[]'
      from jsonb_array_elements(p_plans) with ordinality p (plan, n)
      where m.user_id = p_user_id and m.mission_id = p.plan ->> 'missionId' and v_outcomes[p.n] = 'recorded';
  end if;

  -- One statement for all of it: each costs the log's triggers some 0.4 ms before its first row.
  -- A failed attempt has no plan that could replace the older one: what it proposed stays open.
  insert into sync_changes (user_id, app_id, table_name, record_id, op, data, actor)
  select p_user_id, w.app_id, w.table_name, w.record_id, w.op, w.data, w.actor
  from jsonb_array_elements(p_plans) with ordinality p (plan, n)
  cross join lateral (
    select 1 as part, r.first_position as place, 'ai' as app_id, 'aiProposals' as table_name, r.record_id, 'update' as op,
           jsonb_build_object('status', 'superseded', 'decidedAt', format_stamp(coalesce(p_now, clock_timestamp()))) as data,
           '{"kind":"system","source":"mission-runner"}'::jsonb as actor
    from records r
    where r.user_id = p_user_id and r.app_id = 'ai' and r.table_name = 'aiProposals' and r.deleted_at is null
      and r.data ->> 'status' = 'pending' and r.data ->> 'missionId' = p.plan ->> 'missionId'
      and not (p.plan -> 'failed')::boolean
    union all
    select 2, c.place, c.change ->> 'appId', c.change ->> 'tableName', c.change ->> 'recordId', c.change ->> 'op',
           c.change -> 'data', c.change -> 'actor'
    from jsonb_array_elements(p.plan -> 'changes') with ordinality c (change, place)
  ) w
  where v_outcomes[p.n] = 'recorded'
  order by p.n, w.part, w.place;

  -- A reservation that is left over was for a call that was not needed: those that were made are settled.
  -- Wanted again already, where what a read tool showed changed while the model thought (late_reads).
  update missions m set
    planned = begun, claim_token = null, runner = null, attempts = 0, lapses = 0, reserved = 0, next_run_at = p.next_run_at,
    queue_at = case when wanted > begun then clock_timestamp() end,
    due_at = case when wanted = begun then p.next_run_at end
  from (
    select plan ->> 'missionId' as mission_id, (plan ->> 'nextRunAt')::timestamptz as next_run_at
    from jsonb_array_elements(p_plans) with ordinality p (plan, n) where v_outcomes[n] = 'recorded'
  ) p
  where m.user_id = p_user_id and m.mission_id = p.mission_id;
  perform resume_waiting(p_user_id);
  return v_outcomes;
end
$$;
