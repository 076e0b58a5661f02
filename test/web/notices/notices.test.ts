import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { defaultRegistry } from '../../../src/core/modules/registry.ts';
import { fieldWords } from '../../../src/web/attribution/field-words.ts';
import { describeNote } from '../../../src/web/notices/describe-note.ts';
import { loadNotices } from '../../../src/web/notices/load-notices.ts';
import { News } from '../../../src/web/notices/news.ts';
import { words } from '../../../src/web/notices/words.ts';
import { issueWords } from '../../../src/web/records/issue-words.ts';
import type { Note, OverwrittenNote, RefusedNote, WithdrawnNote } from '../../../src/web/replica/note.ts';
import type { FoundRecord } from '../../../src/web/replica/read/find-record.ts';

const en = { words: words.en, fields: fieldWords.en, issues: issueWords.en, locale: 'en-GB' };
const de = { words: words.de, fields: fieldWords.de, issues: issueWords.de, locale: 'de' };
const AT = '2026-03-01T10:00:00.000Z';

const overwritten: OverwrittenNote & Note = {
  ...{ id: 'o', at: AT, kind: 'overwritten', appId: 'todo', table: 'tasks', recordId: 't1', field: 'dueDate' },
  pushed: { value: '2026-03-05', updatedAt: AT },
  winning: { value: null, updatedAt: AT, clientId: 'laptop' },
};
const withdrawn = (over: Partial<WithdrawnNote> = {}): WithdrawnNote & Note => ({
  ...{ id: 'w', at: AT, kind: 'withdrawn', proposalId: 'm-1-0', decision: 'approved', feedback: null },
  ...{ reason: 'proposal_already_decided', message: 'the proposal was rejected', winning: null },
  ...over,
});
const refused = (over: Partial<RefusedNote> = {}): RefusedNote & Note => ({
  ...{ id: 'r', at: AT, kind: 'refused', reason: 'invalid_record', message: 'not valid', issues: [] },
  changes: [
    { appId: 'todo', change: { table: 'tasks', id: 't1', op: 'insert', data: { title: 'Milk', completed: false } } },
  ],
  ...over,
});

describe('a note', () => {
  it('of a field that lost says what was written and what holds', () => {
    expect(describeNote(overwritten, 'Milk', en)).toEqual({
      title: 'Due of “Milk” was changed elsewhere after you',
      sentences: ['The later change holds.'],
      details: [
        { name: 'You wrote', value: '5 Mar 2026' },
        { name: 'It is now', value: 'none' },
      ],
    });
  });

  it('of a withdrawn decision says what won', () => {
    const winning = { status: 'rejected', decidedBy: 'user', decidedAt: 'once', feedback: 'no time' };
    const note = withdrawn({ winning, feedback: 'do it' });
    expect(describeNote(note, 'Create the task', en)).toEqual({
      title: 'Your approval does not stand: Create the task',
      sentences: ['It had been rejected already (once) with the words “no time”.'],
      details: [{ name: 'You had written', value: 'do it' }],
    });
    const byPolicy = withdrawn({ decision: 'rejected', winning: { status: 'approved', decidedBy: 'policy' } });
    expect(describeNote(byPolicy, 'x', en)).toMatchObject({
      title: 'Your rejection does not stand: x',
      sentences: ['It had been approved already by your policy.'],
    });
  });

  it('of a decision that nothing won against says why, in the service’s words where there are no better', () => {
    const sentenceOf = (over: Partial<WithdrawnNote>) => describeNote(withdrawn(over), 'x', en).sentences;
    expect(sentenceOf({ reason: 'proposal_not_found' })).toEqual(['There is no such proposal any more.']);
    expect(sentenceOf({ reason: 'constructor', message: 'odd' })).toEqual(['The service did not take it: odd']);
    expect(sentenceOf({ reason: 'odd', message: 'odd', winning: { status: 'toString' } })).toEqual([
      'The service did not take it: odd',
    ]);
  });

  it('of a refused change shows what it would have written', () => {
    const issues = [{ path: 'title', message: 'must not be empty' }];
    expect(describeNote(refused({ issues }), 'Milk', en)).toEqual({
      title: 'A change to “Milk” was not taken',
      sentences: ['The service says: Title: Write something here.', 'It is kept here until you decide.'],
      details: [
        { name: 'Title', value: 'Milk' },
        { name: 'Completed', value: 'no' },
      ],
    });
    const inGerman = refused({ issues: [{ path: 'fields.dueDate', message: 'must be a real date as YYYY-MM-DD' }] });
    expect(describeNote(inGerman, 'Milch', de).sentences[0]).toBe('Der Dienst sagt: Fällig: Wähle einen Tag.');
    const unknown = refused({ issues: [{ path: 'fields.title', message: 'is odd' }] });
    expect(describeNote(unknown, 'Milch', de).sentences[0]).toBe('Der Dienst sagt: Titel: is odd');
    expect(describeNote(refused({ reason: 'record_gone', changes: [] }), 'x', en)).toMatchObject({
      sentences: ['It was made on a proposal that did not become a record.', 'It is kept here until you decide.'],
      details: [],
    });
  });
});

describe('notices', () => {
  const found = (ref: { appId: string; table: string; id: string }, data: FoundRecord['data'], deleted = false) => ({
    ...{ ...ref, data, deleted, pending: false, unconfirmedBy: null, firstPosition: 1 },
  });
  const load = (notes: Note[], records: FoundRecord[]) =>
    loadNotices(
      {
        listNotes: async () => notes,
        findRecord: async ({ appId, table, id }) =>
          records.find((record) => record.appId === appId && record.table === table && record.id === id),
      },
      defaultRegistry,
    );

  it('name what they are about, and lead there', async () => {
    const task = found({ appId: 'todo', table: 'tasks', id: 't1' }, { title: 'Milk' });
    const proposal = found({ appId: 'ai', table: 'aiProposals', id: 'm-1-0' }, { summary: 'Buy it', missionId: 'm' });
    const notices = await load([overwritten, withdrawn()], [task, proposal]);
    expect(notices).toMatchObject([
      { subject: 'Milk', proposal: null, href: '/todo?record=t1' },
      { subject: undefined, proposal: { summary: 'Buy it' }, href: '/companion/missions/m' },
    ]);
  });

  it('know the record that a decision was about, deleted or not', async () => {
    const task = found({ appId: 'todo', table: 'tasks', id: 't1' }, { title: 'Milk' }, true);
    const subjectsOf = async (toolName: string, params: JsonObject) => {
      const proposal = found({ appId: 'ai', table: 'aiProposals', id: 'm-1-0' }, { toolName, params });
      return (await load([withdrawn()], [task, proposal])).map(({ subject }) => subject);
    };
    expect(await subjectsOf('create_task', { title: 'Bread' })).toEqual(['Bread']);
    expect(await subjectsOf('complete_task', { taskId: 't1' })).toEqual(['Milk']);
    expect(await subjectsOf('complete_task', { taskId: 'gone' })).toEqual([undefined]);
  });

  it('do so as far as it is still known', async () => {
    const gone = found({ appId: 'todo', table: 'tasks', id: 't1' }, { title: 'Milk' }, true);
    const notices = await load([overwritten], [gone]);
    expect(notices.map(({ subject, href }) => [subject, href])).toEqual([['Milk', null]]);
    const unknown = await load([withdrawn(), refused(), refused({ changes: [] })], []);
    expect(unknown.map(({ subject, href }) => [subject, href])).toEqual([
      ['m-1-0', null],
      ['Milk', null],
      ['', null],
    ]);
  });
});

it('news are what was not there before, once', () => {
  const news = new News();
  expect(news.of(['a'])).toEqual([]);
  expect(news.of(['b', 'a'])).toEqual(['b']);
  expect(news.of([])).toEqual([]);
  expect(news.of(['a', 'b', 'c', 'd'])).toEqual(['c', 'd']);
});
