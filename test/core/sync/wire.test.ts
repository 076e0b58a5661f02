import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { USER } from '../../../src/core/log/actor.ts';
import { type FoldedRecord, foldChange } from '../../../src/core/log/merge.ts';
import {
  clientIdSchema,
  pushBodySchema,
  toFoldableChange,
  type WireChange,
  wireChangeSchema,
} from '../../../src/core/sync/wire.ts';
import { wireText } from '../../../src/core/sync/wire-text.ts';
import { canonical, history, logOf, recordKey } from '../log/histories.ts';
import { asLogTexts } from './as-log-texts.ts';

const T1 = '2026-03-01T10:00:00.000Z';
const T2 = '2026-03-01T11:00:00.000Z';
const logged = {
  id: 'e1',
  appId: 'todo',
  tableName: 'tasks',
  recordId: 't1',
  clientId: 'c1',
  schemaVersion: 1,
  actor: USER,
  position: 7,
  createdAt: T2,
};

const toWireChange = (change: Parameters<typeof asLogTexts>[0]): WireChange => JSON.parse(wireText(asLogTexts(change)));

describe('a change on its way to a client', () => {
  test('an insert has the values beside the stamped fields', () => {
    const data = { title: 'A', deletedAt: null };
    const change = toWireChange({ ...logged, op: 'insert', data, fieldTimestamps: { title: T1, deletedAt: T1 } });
    expect(change).toEqual({
      eventId: 'e1',
      appId: 'todo',
      table: 'tasks',
      id: 't1',
      op: 'insert',
      fields: { title: { value: 'A', updatedAt: T1 }, deletedAt: { value: null, updatedAt: T1 } },
      data: { title: 'A' },
      schemaVersion: 1,
      actor: { kind: 'user' },
      clientId: 'c1',
      position: 7,
      createdAt: T2,
    });
  });

  test('an insert that says nothing of deletedAt writes null to it', () => {
    const change = toWireChange({ ...logged, op: 'insert', data: {}, fieldTimestamps: { deletedAt: T1 } });
    expect(change).toMatchObject({ fields: { deletedAt: { value: null, updatedAt: T1 } }, data: {} });
  });

  test('a delete says when, and an update has neither', () => {
    const deletion = toWireChange({
      ...logged,
      op: 'delete',
      data: { deletedAt: T1 },
      fieldTimestamps: { deletedAt: T2 },
    });
    expect(deletion).toMatchObject({ fields: { deletedAt: { value: T1, updatedAt: T2 } }, deletedAt: T1 });
    expect(deletion).not.toHaveProperty('data');
    const update = toWireChange({ ...logged, op: 'update', data: { title: 'B' }, fieldTimestamps: { title: T2 } });
    expect(Object.keys(update)).not.toEqual(expect.arrayContaining(['data']));
    expect(update).not.toHaveProperty('deletedAt');
  });

  test('folded by a client, any history ends in the same records as in the log', () => {
    fc.assert(
      fc.property(history, (changes) => {
        const here = new Map<string, FoldedRecord>();
        const there = new Map<string, FoldedRecord>();
        for (const [n, change] of logOf(changes).entries()) {
          const key = recordKey(change);
          here.set(key, foldChange(here.get(key), change));
          const op = changes[n]!.op;
          const sent = toWireChange({ ...change, id: `e${n}`, op, schemaVersion: 1, actor: USER, createdAt: T1 });
          const received: WireChange = wireChangeSchema.parse(sent);
          there.set(key, foldChange(there.get(key), toFoldableChange(received)));
        }
        expect(canonical(Object.fromEntries(there))).toBe(canonical(Object.fromEntries(here)));
      }),
    );
  });
});

describe('a push', () => {
  const push = (...changes: object[]) => pushBodySchema.safeParse({ clientId: 'c1', changes });
  const paths = (result: ReturnType<typeof push>) => result.error?.issues.map(({ path }) => path.join('.'));

  test('keeps fields of any name, and ignores members that it does not know', () => {
    const fields = JSON.parse(`{"__proto__":{"value":1,"updatedAt":"${T1}"},"":{"value":null,"updatedAt":"${T1}"}}`);
    const result = push({ table: 'tasks', id: 't1', op: 'update', fields, position: 3, server: true });
    expect(Object.keys(result.data?.changes[0]?.fields ?? {})).toEqual(['__proto__', '']);
    expect(result.data?.changes[0]).not.toHaveProperty('position');
  });

  test.each<[string, object, string[]]>([
    ['an unknown op', { op: 'upsert' }, ['changes.1.op']],
    ['no table', { table: undefined }, ['changes.1.table']],
    ['a table of other letters', { table: 'a b' }, ['changes.1.table']],
    ['no id', { id: undefined }, ['changes.1.id']],
    ['an empty id', { id: '' }, ['changes.1.id']],
    ['an id that is too long', { id: 'x'.repeat(256) }, ['changes.1.id']],
    ['a control character in the id', { id: 'a\nb' }, ['changes.1.id']],
    ['an empty event id', { eventId: '' }, ['changes.1.eventId']],
    ['an event id that is too long', { eventId: 'x'.repeat(201) }, ['changes.1.eventId']],
    ['a field without a time', { fields: { title: { value: 1 } } }, ['changes.1.fields.title.updatedAt']],
    ['a field without a value', { fields: { title: { updatedAt: T1 } } }, ['changes.1.fields.title.value']],
    ['a time that is a number', { fields: { a: { value: 1, updatedAt: 5 } } }, ['changes.1.fields.a.updatedAt']],
    ['a bare value as field', { fields: { title: 'A', n: null } }, ['changes.1.fields.title', 'changes.1.fields.n']],
    ['fields as a list', { fields: [] }, ['changes.1.fields']],
    ['data as text', { data: 'A' }, ['changes.1.data']],
    ['deletedAt as a number', { deletedAt: 5 }, ['changes.1.deletedAt']],
  ])('with %s is refused, with the path of it', (_, over, expected) => {
    const good = { table: 'tasks', id: 't1', op: 'update', fields: { title: { value: 'A', updatedAt: T1 } } };
    expect(paths(push(good, { ...good, ...over }))).toEqual(expected);
  });

  test.each(['', 'server', 'a b', 'é', 'a\n', 'x'.repeat(201)])('%j is no client id', (id) => {
    expect(clientIdSchema.safeParse(id).success).toBe(false);
  });
});
