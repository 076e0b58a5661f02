-- The epoch of one user's log: the server's, and another one after each erasure of that user. Who comes back after an
-- erasure begins at position 1 again, so that a cursor of before would else pass for one of the new log. Null: the server's.
create or replace function log_epoch_of(p_server_epoch text, p_user_id text) returns text
language sql stable
return coalesce(
  (select left(md5(p_server_epoch || ' ' || id), 10) from erasures where user_hash = hash_user(p_user_id)
   order by erased_at desc, id desc limit 1),
  p_server_epoch);
