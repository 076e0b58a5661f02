-- Refuses a change: the stable code travels as the constraint's name, the field's path as the column's name, so that a
-- caller can answer a person without reading the message.
create or replace function refuse_change(p_code text, p_field text, p_message text) returns void
language plpgsql as $$
begin
  raise exception using errcode = 'PM001', constraint = p_code, column = p_field, message = p_message;
end
$$;
