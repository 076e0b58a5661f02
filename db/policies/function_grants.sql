-- Who may call what. The functions belong to app_definer, so it is app_definer that grants.
set local role app_definer;
do $$
declare
  v_function regprocedure;
begin
  for v_function in
    select oid::regprocedure from pg_proc where pronamespace = 'public'::regnamespace and proowner = 'app_definer'::regrole
  loop
    execute format('revoke all on function %s from public, app_user, app_runner, app_operator', v_function);
  end loop;
end
$$;
grant execute on function current_user_id() to public;
grant execute on function append_changes(text, json), lock_log(), current_epoch(), server_epoch(), read_iterations(text, text, int), format_stamp(timestamptz),
  write_wins(text, text, bigint, text, text, bigint), issue_ticket(text, interval, timestamptz),
  redeem_ticket(text, timestamptz), stop_planning(text, timestamptz, timestamptz) to app_user;
grant execute on function claim_missions(text, int, interval, int, timestamptz, jsonb), extend_claims(uuid[], interval, timestamptz),
  release_claim(text, text, uuid, timestamptz, boolean, boolean), record_call(text, text, uuid, jsonb),
  reserve_call(text, text, uuid, bigint, jsonb, timestamptz), resume_raised(jsonb),
  close_want(text, text, uuid, timestamptz), record_plans(text, jsonb, boolean, timestamptz), next_due_at(),
  expire_proposals(text, timestamptz), users_with_expired_proposals(int, timestamptz),
  log_heads(jsonb), server_epoch() to app_runner;
grant execute on function lock_log(), current_epoch(), list_users(text, int), refold_plan_reads(), differing_plan_reads(),
  import_changes(jsonb), settle_mission(text, bigint, boolean, timestamptz), erase_user(), mend_records(jsonb),
  lock_missions(jsonb), mend_missions(jsonb, jsonb) to app_operator;
reset role;
