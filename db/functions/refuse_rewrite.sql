-- The log is append-only, for everyone, its owner included.
create or replace function refuse_rewrite() returns trigger
language plpgsql as $$
begin
  raise exception using errcode = 'PM002', constraint = 'log_append_only',
    message = format('sync_changes is append-only: %s is refused', lower(tg_op)),
    hint = 'Write a new change instead.';
end
$$;
