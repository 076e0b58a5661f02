import { describe, expect, it } from 'vitest';
import { accepts, apply, contextOf, describeRecord } from './context.ts';

describe('create_note', () => {
  it('keeps the content as it is', () => {
    expect(apply('create_note', { title: ' List ', contentMarkdown: '\n- a\n' })).toMatchObject({
      effects: [{ tableName: 'notes', op: 'insert', data: { title: 'List', contentMarkdown: '\n- a\n' } }],
    });
  });

  it('bounds the content', () => {
    expect(accepts('create_note', { title: 'a', contentMarkdown: 'x'.repeat(100_000) })).toBe(true);
    expect(accepts('create_note', { title: 'a', contentMarkdown: 'x'.repeat(100_001) })).toBe(false);
    expect(accepts('create_note', { title: 'a' })).toBe(false);
  });
});

describe('append_to_note', () => {
  const append = (data: Record<string, string | number>, text: string) =>
    apply('append_to_note', { noteId: 'n', text }, contextOf({ notes: { n: data } }));

  it.each([
    ['after a blank line', 'one', 'one\n\ntwo'],
    ['after exactly one blank line, however the note ends', 'one\n\n\n', 'one\n\ntwo'],
    ['to an empty note', '', 'two'],
    ['to a blank note', ' \n', 'two'],
  ])('appends %s', (_, contentMarkdown, expected) => {
    expect(append({ title: 'N', contentMarkdown }, 'two')).toEqual({
      ok: true,
      effects: [{ tableName: 'notes', recordId: 'n', op: 'update', data: { contentMarkdown: expected } }],
    });
  });

  it('appends to a note without readable content', () => {
    expect(append({}, 'two')).toMatchObject({ effects: [{ data: { contentMarkdown: 'two' } }] });
  });

  it('refuses to grow a note beyond its bound, and says what to do', () => {
    expect(append({ title: 'N', contentMarkdown: 'x'.repeat(99_997) }, 'y')).toMatchObject({ ok: true });
    expect(append({ title: 'N', contentMarkdown: 'x'.repeat(99_998) }, 'y')).toMatchObject({
      ok: false,
      reason: 'note_too_long',
      message: expect.stringContaining('longer than 100000 characters; append less'),
    });
  });

  it('refuses blank text and names a note that does not exist', () => {
    expect(accepts('append_to_note', { noteId: 'n', text: ' \n' })).toBe(false);
    expect(apply('append_to_note', { noteId: 'n', text: 'a' })).toMatchObject({
      reason: 'record_not_found',
      message: 'There is no note with the id "n".',
    });
  });
});

it('describes a note with its content as it is', () => {
  const data = { title: 'Ideas', contentMarkdown: '# One\n\n- [ ] two' };
  expect(describeRecord('notes', 'notes', data, 'n1')).toBe('Note: Ideas (id n1)\n\n# One\n\n- [ ] two');
  expect(describeRecord('notes', 'notes', { contentMarkdown: ['x'] }, 'n1')).toBe('Note: n1 (id n1)');
});
