import { describe, expect, test } from 'vitest';
import { fieldIssues, missingFieldMessage } from '../../../../src/core/modules/field-issues.ts';
import { defaultRegistry } from '../../../../src/core/modules/registry.ts';
import { toolSchema } from '../../../../src/core/planning/tool-schema.ts';
import { changedFields, givenFields } from '../../../../src/web/records/changed-fields.ts';
import { explainIssue, type IssueWords } from '../../../../src/web/records/explain-issue.ts';
import { formatDay } from '../../../../src/web/records/format-day.ts';
import { issueWords } from '../../../../src/web/records/issue-words.ts';
import { searchRecords } from '../../../../src/web/records/search-records.ts';
import { record } from '../support.ts';

describe('the fields that a form changed', () => {
  test('are those that say something else', () => {
    const before = { title: 'A', notes: 'x', dueDate: '2026-03-01', extra: 1 };
    expect(changedFields(before, { title: 'A', notes: 'y', dueDate: null })).toEqual({ notes: 'y', dueDate: null });
  });

  test('are none where nothing stays nothing, in whatever way it was written', () => {
    expect(changedFields({ notes: '', allDay: false }, { notes: null, allDay: null, location: null })).toEqual({});
    expect(changedFields({}, { toString: null })).toEqual({});
  });

  test('of a new record are those that say something', () => {
    expect(givenFields({ title: 'A', notes: null, allDay: false, text: '', progress: 0 })).toEqual({
      ...{ title: 'A', progress: 0 },
    });
  });
});

describe('what the schemas say of a field', () => {
  const words: IssueWords = {
    ...{ required: 'R', notAfterStart: 'S', positive: 'P', notZero: 'Z', number: 'N', day: 'D', moment: 'M' },
    ...{ choice: 'C', flag: 'F', unknown: 'U', text: 'T', unreadable: 'X', owned: 'O' },
    ...{ tooLong: (n) => `L${n}`, atLeast: (n) => `>${n}`, atMost: (n) => `<${n}` },
  };
  /** What is said of the parameters of a tool, field by field. */
  function said(toolName: string, params: unknown): Record<string, string> {
    const parsed = defaultRegistry.tool(toolName)?.parameters.safeParse(params, { error: missingFieldMessage });
    return Object.fromEntries(
      (parsed?.error?.issues ?? []).map(({ path, message }) => [path.join('.'), explainIssue(message, words)]),
    );
  }

  test('is said in the words of the interface', () => {
    expect(said('create_task', { title: ' ', dueDate: '2026-02-30' })).toEqual({ title: 'R', dueDate: 'D' });
    expect(said('create_task', { title: 'a'.repeat(501) })).toEqual({ title: 'L500' });
    expect(said('create_event', { title: 'a', startsAt: 'x' })).toEqual({ startsAt: 'M' });
    expect(said('create_event', { startsAt: '2026-03-01T10:00:00Z', endsAt: '2026-03-01T09:00:00Z' })).toEqual({
      ...{ title: 'R', endsAt: 'S' },
    });
    expect(said('create_goal', { title: 'a', target: 0 })).toEqual({ target: 'P' });
    expect(said('create_goal', { title: 'a', target: 'many' })).toEqual({ target: 'N' });
    expect(said('log_goal_progress', { goalId: 'g', amount: 0 })).toEqual({ amount: 'Z' });
    expect(said('create_place', { name: 'a', latitude: 91, longitude: -181 })).toEqual({
      ...{ latitude: '<90', longitude: '>-180' },
    });
    expect(said('append_to_note', { noteId: 'n', text: ' ' })).toEqual({ text: 'R' });
  });

  test('stays as it is where there are no words for it', () => {
    expect(explainIssue('is odd', words)).toBe('is odd');
  });

  test.each([
    ...[null, 7, '', ' ', 'x', 'a'.repeat(200_000), -1e9, 1e9, true, {}, []].map((value) => [
      JSON.stringify(value).slice(0, 20),
      value,
    ]),
  ])('with %s in every parameter has words for all', (_, value) => {
    for (const module of defaultRegistry.modules) {
      for (const tool of module.tools.filter(({ kind }) => kind === 'write')) {
        const names = Object.keys(toolSchema(tool).properties ?? {});
        const params = Object.fromEntries([...names, 'colour'].map((name) => [name, value]));
        const { error } = tool.parameters.safeParse(params, { error: missingFieldMessage });
        for (const { path, message } of fieldIssues(error?.issues ?? [])) {
          expect(explainIssue(message, issueWords.de), `${tool.name} ${path}`).not.toBe(message);
        }
      }
    }
  });

  test.each([
    ['is reserved: delete the record instead of writing this field', issueWords.de.owned],
    ['is kept by the runner; leave it out', issueWords.de.owned],
    ['the body: holds a NUL character or half of a surrogate pair', issueWords.de.unreadable],
    ['a record id has at most 200 characters', issueWords.de.tooLong('200')],
  ])('has words for a change of which the service says: %s', (message, text) => {
    expect(explainIssue(message, issueWords.de)).toBe(text);
  });
});

describe('a search', () => {
  const records = [
    record('places', 'places', 'p1', { name: 'Reading room', address: 'Schillerplatz 1' }),
    record('places', 'places', 'p2', { name: 'BÄCKEREI', address: 7 }),
    record('places', 'places', 'p3', {}),
  ];
  const found = (query: string) => searchRecords(records, ['name', 'address'], query).map(({ id }) => id);

  test('finds the records that have every word, in any field and any case', () => {
    expect(found('room schiller')).toEqual(['p1']);
    expect(found('bäckerei')).toEqual(['p2']);
    expect(found('room nowhere')).toEqual([]);
  });

  test('for nothing finds all', () => {
    expect(found('  ')).toEqual(['p1', 'p2', 'p3']);
  });
});

test('a day bears its year only where that is another', () => {
  expect(formatDay('2026-03-31', 'en-GB', '2026-01-01')).toMatch(/^Tue,? 31 Mar$/);
  expect(formatDay('2027-03-31', 'en-GB', '2026-01-01')).toMatch(/^Wed,? 31 Mar 2027$/);
});
