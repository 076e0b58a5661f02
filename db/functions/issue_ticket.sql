-- Keeps the hash of a ticket to the streams of the current user, and takes the opportunity to sweep some that have run out:
-- by the database's clock, whatever p_now says, since they are other users'. (In a variable: a volatile call uses no index.)
create or replace function issue_ticket(p_hash text, p_lifetime interval, p_now timestamptz default null) returns void
language plpgsql security definer
set search_path = public, pg_temp as $$
declare
  v_clock timestamptz := clock_timestamp();
  v_now timestamptz := coalesce(p_now, v_clock);
begin
  if current_user_id() is null then
    perform refuse_change('user_not_set', 'user_id', 'app.current_user_id is not set');
  end if;
  delete from stream_tickets where hash in (
    select hash from stream_tickets where expires_at <= v_clock order by expires_at limit 100 for update skip locked);
  insert into stream_tickets (hash, user_id, expires_at) values (p_hash, current_user_id(), v_now + p_lifetime);
end
$$;
