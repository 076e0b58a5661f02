-- Marks proposals of one user whose time to decide is over. Returns how many.
create or replace function expire_proposals(p_user_id text, p_now timestamptz default null) returns int
language plpgsql security definer
set search_path = public, pg_temp as $$
declare
  v_now text := format_stamp(coalesce(p_now, clock_timestamp()));
  v_count int;
begin
  perform set_config('app.current_user_id', p_user_id, true);
  -- Not lock_log, which would begin the log anew of a user who was erased meanwhile.
  perform from user_heads where user_id = p_user_id for update;
  if not found then
    return 0;
  end if;
  insert into sync_changes (user_id, app_id, table_name, record_id, op, data, actor)
  select p_user_id, 'ai', 'aiProposals', r.record_id, 'update',
         jsonb_build_object('status', 'expired', 'decidedAt', v_now), '{"kind":"system","source":"rule"}'
  from records r
  where r.user_id = p_user_id and r.app_id = 'ai' and r.table_name = 'aiProposals' and r.deleted_at is null
    and r.data ->> 'status' = 'pending' and r.data ->> 'expiresAt' <= v_now collate "C"
  order by r.first_position;
  get diagnostics v_count = row_count;
  return v_count;
end
$$;
