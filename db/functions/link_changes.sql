-- The link of a log: what it hashes to up to a change, made from the link of what came before and from the hashes of the
-- changes since, one after the other. The twin of src/core/log/chain.ts; may never change.
create or replace function link_changes(p_link text, p_hashes bytea) returns text
language sql immutable parallel safe
return encode(sha256(convert_to(p_link, 'UTF8') || p_hashes), 'hex');
