import { expect, test } from 'vitest';
import { type ArchivedChange, type Upcaster, upcast } from '../../../src/core/log/upcast.ts';

const change: ArchivedChange = {
  ...{ position: 1, id: 'e1', appId: 'todo', tableName: 'tasks', recordId: 't1', op: 'insert', schemaVersion: 1 },
  ...{ data: { name: 'Call' }, fieldTimestamps: { name: '2026-03-01T10:00:00.000Z' }, clientId: 'c' },
  ...{ actor: { kind: 'user' }, createdAt: '2026-03-01T10:00:00.000000Z' },
};
const rename: Upcaster = (old) => ({
  ...old,
  data: { title: old.data.name ?? null },
  fieldTimestamps: { title: old.fieldTimestamps.name ?? '' },
});
const shout: Upcaster = (old) => ({ ...old, data: { ...old.data, title: `${old.data.title}!` } });

test('a change of this version is left as it is', () => {
  expect(upcast(change)).toEqual({ ok: true, change });
});

test('an older one goes through every version in between, and bears the new one', () => {
  const upcasters = new Map([
    [2, shout],
    [1, rename],
  ]);
  expect(upcast(change, upcasters, 3)).toEqual({
    ok: true,
    change: {
      ...change,
      schemaVersion: 3,
      data: { title: 'Call!' },
      fieldTimestamps: { title: '2026-03-01T10:00:00.000Z' },
    },
  });
  expect(upcast({ ...change, data: { title: 'B' }, schemaVersion: 2 }, upcasters, 3)).toMatchObject({
    change: { data: { title: 'B!' } },
  });
});

test('a newer one, and one that nothing brings here, are told apart', () => {
  expect(upcast({ ...change, schemaVersion: 2 })).toEqual({ ok: false, reason: 'newer_build' });
  expect(upcast(change, new Map([[2, shout]]), 3)).toEqual({ ok: false, reason: 'unknown_version' });
});
