-- Whose undecided proposals have run out, for the sweep. The index of pending proposals bounds what is read.
create or replace function users_with_expired_proposals(p_limit int, p_now timestamptz default null) returns setof text
language sql stable security definer
set search_path = public, pg_temp as $$
  select distinct user_id from records
  where app_id = 'ai' and table_name = 'aiProposals' and data ->> 'status' = 'pending' and deleted_at is null
    and data ->> 'expiresAt' <= format_stamp(coalesce(p_now, clock_timestamp())) collate "C"
  limit p_limit
$$;
