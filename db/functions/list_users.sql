-- The users who have a log, in the order of their ids, after one: for the operator's commands over all of them.
create or replace function list_users(p_after text, p_limit int) returns setof text
language sql stable security definer
set search_path = public, pg_temp as $$
  select user_id from user_heads where user_id > p_after collate "C" order by user_id collate "C" limit p_limit
$$;
