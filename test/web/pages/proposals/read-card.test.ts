import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/core/json.ts';
import { defaultRegistry } from '../../../../src/core/modules/registry.ts';
import { readCard } from '../../../../src/web/proposals/read-card.ts';
import { readProposal } from '../../../../src/web/proposals/read-proposal.ts';
import { loadReference, referenceOf } from '../../../../src/web/proposals/reference.ts';
import type { RecordRef, RecordRow } from '../../../../src/web/replica/database.ts';
import type { Preview } from '../../../../src/web/replica/decide.ts';
import { record } from '../support.ts';

type Effects = Extract<Preview, { ok: true }>['effects'];

function replicaOf(records: RecordRow[], preview: Preview = { ok: true, effects: [] }) {
  return {
    getRecord: async (appId: string, table: string, id: string) =>
      records.find((one) => one.appId === appId && one.table === table && one.id === id),
    findRecord: async ({ appId, table, id }: RecordRef) => {
      const found = records.find((one) => one.appId === appId && one.table === table && one.id === id);
      return found && { ...found, deleted: false };
    },
    listRecords: async (appId: string, table: string) =>
      records.filter((one) => one.appId === appId && one.table === table),
    previewProposal: async () => preview,
  };
}

function proposal(toolName: string, params: JsonObject, status = 'pending') {
  const data = { missionId: 'm1', appId: 'todo', toolName, params, status, summary: 'S', rationale: 'R' };
  return readProposal(record('ai', 'aiProposals', 'p1', data), new Date(0));
}

const mission = record('ai', 'aiMissions', 'm1', { title: 'Household' });
const task = record('todo', 'tasks', 't1', { title: 'Buy bread', completed: false });

describe('the card of a proposal', () => {
  test('shows a new record with what was said of it, and not with its defaults', async () => {
    const data = { title: 'Buy bread', dueDate: '2026-03-02', completed: false };
    const effects: Effects = [{ appId: 'todo', table: 'tasks', id: 'p1', op: 'insert', data }];
    const card = await readCard(
      replicaOf([mission], { ok: true, effects }),
      defaultRegistry,
      proposal('create_task', { title: 'Buy bread', dueDate: '2026-03-02' }),
    );
    expect(card).toEqual({
      mission: 'Household',
      subject: 'Buy bread',
      preview: {
        ok: true,
        records: [
          {
            ...{ appId: 'todo', table: 'tasks', id: 'p1', name: 'Buy bread', isNew: true },
            changes: [
              { field: 'title', before: undefined, after: 'Buy bread' },
              { field: 'dueDate', before: undefined, after: '2026-03-02' },
            ],
          },
        ],
      },
    });
  });

  test('names the record that changes, and shows only what changes of it', async () => {
    const data = { completed: true, title: 'Buy bread' };
    const effects: Effects = [{ appId: 'todo', table: 'tasks', id: 't1', op: 'update', data }];
    const card = await readCard(
      replicaOf([mission, task], { ok: true, effects }),
      defaultRegistry,
      proposal('complete_task', { taskId: 't1' }),
    );
    expect(card.subject).toBe('Buy bread');
    expect(card.preview).toMatchObject({
      records: [{ name: 'Buy bread', isNew: false, changes: [{ field: 'completed', before: false, after: true }] }],
    });
  });

  test('shows of a text that gets longer what is added', async () => {
    const note = record('notes', 'notes', 'n1', { title: 'List', contentMarkdown: 'Boots\n' });
    const data = { contentMarkdown: 'Boots\n\nLamp' };
    const effects: Effects = [{ appId: 'notes', table: 'notes', id: 'n1', op: 'update', data }];
    const card = await readCard(
      replicaOf([note], { ok: true, effects }),
      defaultRegistry,
      proposal('append_to_note', { noteId: 'n1', text: 'Lamp' }),
    );
    expect(card.mission).toBeUndefined();
    expect(card.preview).toMatchObject({ records: [{ changes: [{ field: 'contentMarkdown', added: 'Lamp' }] }] });
  });

  test('keeps why it cannot be done', async () => {
    const refusal: Preview = { ok: false, reason: 'effect_refused', message: 'There is no such task.', issues: [] };
    const card = await readCard(replicaOf([], refusal), defaultRegistry, proposal('complete_task', { taskId: 'gone' }));
    expect(card).toEqual({ mission: undefined, subject: undefined, preview: refusal });
  });

  test('foresees nothing for what is decided', async () => {
    const card = await readCard(
      replicaOf([task]),
      defaultRegistry,
      proposal('complete_task', { taskId: 't1' }, 'approved'),
    );
    expect(card).toMatchObject({ subject: 'Buy bread', preview: undefined });
  });

  test('stands for a tool that nobody knows', async () => {
    const card = await readCard(replicaOf([]), defaultRegistry, proposal('launch_rocket', { title: 7 }));
    expect(card).toMatchObject({ mission: undefined, subject: undefined });
  });
});

describe('the record that a tool works on', () => {
  test('is the one that a parameter names', () => {
    expect(referenceOf(defaultRegistry, 'complete_task', { taskId: 't1' })).toEqual({
      ...{ appId: 'todo', table: 'tasks', id: 't1', param: 'taskId' },
    });
    expect(referenceOf(defaultRegistry, 'create_task', { title: 't1' })).toBeUndefined();
    expect(referenceOf(defaultRegistry, 'complete_task', { taskId: 7 })).toBeUndefined();
    expect(referenceOf(defaultRegistry, 'launch_rocket', { taskId: 't1' })).toBeUndefined();
  });

  test('can be exchanged for any other of its collection, and stands there even when it is gone', async () => {
    const replica = replicaOf([task, record('todo', 'tasks', 't2', { title: 5 })]);
    const params = { taskId: 'gone' };
    expect(await loadReference(replica, defaultRegistry, { toolName: 'complete_task', params })).toEqual({
      param: 'taskId',
      options: [
        { value: 'gone', label: 'gone' },
        { value: 't1', label: 'Buy bread' },
        { value: 't2', label: 't2' },
      ],
    });
    expect(await loadReference(replica, defaultRegistry, { toolName: 'create_task', params: {} })).toBeUndefined();
  });
});
