-- Row-level security, enabled and forced on every table that holds a user's data: a role sees the rows of the user in
-- app.current_user_id, and nobody's when it is unset. Only app_definer, which owns the functions that keep the
-- projections and cannot log in, sees all; app_runner sees the schedule of all missions, which holds no content.
do $$
declare
  v_table text;
begin
  foreach v_table in array array['user_heads', 'sync_changes', 'records', 'missions', 'model_calls', 'spending', 'stream_tickets', 'plan_reads'] loop
    execute format('alter table %I enable row level security', v_table);
    execute format('alter table %I force row level security', v_table);
    execute format('drop policy if exists own_rows on %I', v_table);
    execute format('create policy own_rows on %I using (user_id = (select current_user_id()))
                    with check (user_id = (select current_user_id()))', v_table);
    execute format('drop policy if exists definer_rows on %I', v_table);
    execute format('create policy definer_rows on %I to app_definer using (true) with check (true)', v_table);
  end loop;
end
$$;
drop policy if exists runner_rows on missions;
create policy runner_rows on missions for select to app_runner using (true);

-- The audit of erasures names nobody; only the definer writes and reads it.
alter table erasures enable row level security;
alter table erasures force row level security;
drop policy if exists definer_rows on erasures;
create policy definer_rows on erasures to app_definer using (true) with check (true);

-- The epoch is nobody's content: everyone may read it, the definer renews it.
alter table log_epoch enable row level security;
alter table log_epoch force row level security;
drop policy if exists everyone on log_epoch;
create policy everyone on log_epoch for select using (true);
drop policy if exists definer_rows on log_epoch;
create policy definer_rows on log_epoch to app_definer using (true) with check (true);
