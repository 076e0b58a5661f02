-- The time that lies so many milliseconds after 1970-01-01 UTC, as the log writes it; see format_stamp.
create or replace function stamp_of(p_milliseconds bigint) returns text
language sql stable parallel safe
return to_char(timestamp '1970-01-01' + p_milliseconds * interval '1 millisecond', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
