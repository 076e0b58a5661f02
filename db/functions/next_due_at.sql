-- When the runner's timer must ring next: the earliest cadence, retry or lease end; null when there is none.
create or replace function next_due_at() returns timestamptz
language sql stable security definer
set search_path = public, pg_temp
return (select min(due_at) from missions where due_at is not null);
