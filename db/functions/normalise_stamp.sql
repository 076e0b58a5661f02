-- A written time (ISO 8601 with an offset) as the log writes it; refused when unreadable, or further in the future
-- than the allowed skew of 60 s (a device whose clock runs ahead must not win against honest writes for ever).
create or replace function normalise_stamp(p_text text, p_field text) returns text
language plpgsql stable
set datestyle = 'ISO' as $$
declare
  v_at timestamptz;
begin
  if p_text !~ '^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}(:?\d{2})?)$' then
    perform refuse_change('invalid_time', p_field,
      format('%s: %s is not a time; write ISO 8601 with an offset, such as 2026-03-01T12:00:00.000Z', p_field,
        coalesce(quote_literal(left(p_text, 40)), 'null')));
  end if;
  begin
    v_at := p_text::timestamptz;
  exception when datetime_field_overflow or invalid_datetime_format or invalid_time_zone_displacement_value then
    perform refuse_change('invalid_time', p_field, format('%s: %L is not a date that exists', p_field, left(p_text, 40)));
  end;
  if v_at > clock_timestamp() + interval '60 seconds' then
    perform refuse_change('time_in_future', p_field,
      format('%s: %s lies in the future; the server''s time is %s', p_field, format_stamp(v_at),
        format_stamp(clock_timestamp())));
  end if;
  return format_stamp(v_at);
end
$$;
