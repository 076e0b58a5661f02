-- The merge law: of two writes of one field the greater by (time, client id, position) wins. A total order, so the fold
-- is commutative, associative and idempotent. Times are fixed-width UTC and "C" compares code points: the twin of this
-- law is writeWins in src/core/log/merge.ts, held equal by test/log/merge-law.test.ts.
create or replace function write_wins(
  p_at text, p_client_id text, p_position bigint,
  p_other_at text, p_other_client_id text, p_other_position bigint
) returns boolean
language sql immutable parallel safe
return (p_at collate "C", p_client_id collate "C", p_position)
     > (p_other_at collate "C", p_other_client_id collate "C", p_other_position);
