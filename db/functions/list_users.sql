-- The users who have a log, or rows in a projection although they have none, after one and in the database's order: for
-- the operator's commands over all of them. One look at the end of an index for each, whatever their logs hold.
create or replace function list_users(p_after text, p_limit int) returns setof text
language sql stable security definer
set search_path = public, pg_temp as $$
  with recursive users (nth, user_id) as (
    select 0, p_after
    union all
    select nth + 1, least(
      (select min(h.user_id) from user_heads h where h.user_id > users.user_id),
      (select min(c.user_id) from sync_changes c where c.user_id > users.user_id),
      (select min(r.user_id) from records r where r.user_id > users.user_id),
      (select min(m.user_id) from missions m where m.user_id > users.user_id))
    from users where nth < p_limit and user_id is not null
  )
  select user_id from users where nth > 0 and user_id is not null order by nth
$$;
