-- The user whose transaction this is, or null. After a transaction a local setting reads '' rather than null.
create or replace function current_user_id() returns text
language sql stable parallel safe
return nullif(current_setting('app.current_user_id', true), '');
