-- Begins a new epoch: to be called after a copied data directory was put back, which nothing in it can tell from the
-- original. Every cursor given out before is refused from then on, and clients re-sync.
create or replace function renew_epoch() returns text
language plpgsql security definer
set search_path = public, pg_temp as $$
begin
  update log_epoch set nonce = gen_random_uuid();
  return server_epoch();
end
$$;
