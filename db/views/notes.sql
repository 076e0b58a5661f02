-- The person's notes, with columns.
create or replace view notes with (security_invoker = true) as
select user_id, record_id as note_id, data ->> 'title' as title, data ->> 'contentMarkdown' as content_markdown,
       first_position, last_position
from records
where app_id = 'notes' and table_name = 'notes' and deleted_at is null;
