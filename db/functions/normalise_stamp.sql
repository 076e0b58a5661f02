-- A written time (ISO 8601 with an offset) as the log writes it; refused when unreadable, or further in the future
-- than the allowed skew of 60 s (a device whose clock runs ahead must not win against honest writes for ever).
-- Digits past the millisecond are dropped first: Postgres would round them up, into the next second or day.
-- The twin of normaliseStamp in src/core/log/stamp.ts.
create or replace function normalise_stamp(p_text text, p_field text) returns text
language plpgsql stable
set datestyle = 'ISO' as $$
declare
  v_at timestamptz;
begin
  if p_text is null or p_text !~ '^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}(:?\d{2})?)$' then
    perform refuse_change('invalid_time', p_field,
      format('%s: %s is not a time; write ISO 8601 with an offset, such as 2026-03-01T12:00:00.000Z', p_field,
        coalesce(quote_literal(left(p_text, 40)), 'null')));
  end if;
  begin
    v_at := regexp_replace(p_text, '(\.\d{3})\d+', '\1')::timestamptz;
  exception when datetime_field_overflow or invalid_datetime_format or invalid_time_zone_displacement_value then
    v_at := null;
  end;
  if v_at is null or v_at < '0001-01-01 00:00:00+00' then -- before year 1 a time of the log would lose its era
    perform refuse_change('invalid_time', p_field, format('%s: %L is not a date that exists', p_field, left(p_text, 40)));
  end if;
  if v_at > clock_timestamp() + interval '60 seconds' then
    perform refuse_change('time_in_future', p_field,
      format('%s: %s lies in the future; the server''s time is %s', p_field, format_stamp(v_at),
        format_stamp(clock_timestamp())));
  end if;
  return format_stamp(v_at);
end
$$;
