-- Refuses a name or id that is missing, empty or too long. Record ids may have 255 characters here, 200 at the HTTP
-- door: the ids derived from them (iterations, proposals, effects) are longer than the mission's own.
create or replace function check_length(p_field text, p_value text, p_max int) returns void
language plpgsql as $$
begin
  if p_value is null or p_value = '' then
    perform refuse_change('missing_field', p_field, format('%s: is missing', p_field));
  elsif length(p_value) > p_max then
    perform refuse_change('value_too_long', p_field, format('%s: has more than %s characters', p_field, p_max));
  end if;
end
$$;
