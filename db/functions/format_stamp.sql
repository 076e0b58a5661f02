-- A time as the log writes it: UTC, milliseconds, 24 characters, so that text order is time order.
create or replace function format_stamp(p_at timestamptz) returns text
language sql stable parallel safe
return to_char(date_trunc('milliseconds', p_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
