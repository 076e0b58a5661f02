-- The log is append-only, for everyone, its owner included. One door is left: what erase_user deletes is judged row by
-- row, in check_erasure.
create or replace function refuse_rewrite() returns trigger
language plpgsql as $$
begin
  if tg_op = 'DELETE' and current_user = 'app_definer' then
    return null;
  end if;
  raise exception using errcode = 'PM002', constraint = 'log_append_only',
    message = format('sync_changes is append-only: %s is refused', lower(tg_op)),
    hint = 'Write a new change instead.';
end
$$;
