-- Whose ticket it is, once: it is gone afterwards. Null for one that is unknown, used or has run out.
create or replace function redeem_ticket(p_hash text, p_now timestamptz default null) returns text
language sql security definer
set search_path = public, pg_temp as $$
  with redeemed as (
    delete from stream_tickets where hash = p_hash returning user_id, expires_at
  )
  select user_id from redeemed where expires_at > coalesce(p_now, clock_timestamp())
$$;
