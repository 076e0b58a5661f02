-- Whether this transaction is an operator's command. The role is what "set role" said, also within functions that run as
-- their owner: PostgreSQL changes current_user there, never this setting, and lets nobody set a role that he is no member of.
create or replace function is_operator() returns boolean
language sql stable parallel safe
return current_setting('role') = 'app_operator';
