-- Whether a mission in this state is planned at all. A mission without a state is active.
create or replace function is_plannable(p_state text, p_deleted_at timestamptz) returns boolean
language sql immutable parallel safe
return coalesce(p_state, 'active') = 'active' and p_deleted_at is null;
