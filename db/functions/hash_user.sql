-- What the audit of erasures keeps instead of a user's id: SHA-256, in hex.
create or replace function hash_user(p_user_id text) returns text
language sql immutable parallel safe
return encode(sha256(convert_to(p_user_id, 'UTF8')), 'hex');
