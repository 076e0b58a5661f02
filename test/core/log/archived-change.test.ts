import { expect, test } from 'vitest';
import { readArchivedChange } from '../../../src/core/log/archived-change.ts';

const AT = '2026-03-01T10:00:00.000Z';
const LATEST = '2026-03-02T10:00:00.000Z';
const insert = {
  ...{ position: 1, id: 'e1', appId: 'todo', tableName: 'tasks', recordId: 't1', op: 'insert', schemaVersion: 1 },
  ...{ data: { title: 'Call' }, fieldTimestamps: { title: AT, deletedAt: AT }, clientId: 'c' },
  ...{ actor: { kind: 'user' }, createdAt: '2026-03-01T10:00:00.123456Z' },
};
const update = { ...insert, op: 'update', fieldTimestamps: { title: AT } };
const erased = { ...insert, op: 'delete', data: { deletedAt: AT }, fieldTimestamps: { deletedAt: AT } };
const read = (change: unknown) => readArchivedChange(JSON.stringify(change), LATEST);

test.each([
  ['an insert', insert],
  ['an insert that says that it lives', { ...insert, data: { title: 'A', deletedAt: null } }],
  ['an update', update],
  ['an update of nothing', { ...update, data: {}, fieldTimestamps: {} }],
  ['a delete', erased],
  ['a delete with values that it does not write', { ...erased, data: { deletedAt: AT, title: 'A' } }],
  ['ids of 200 characters beyond U+FFFF', { ...insert, id: '\u{1f600}'.repeat(200) }],
])('%s is read as it is', (_, change) => {
  expect(read(change)).toEqual({ ok: true, change });
});

test('a field may be called __proto__', () => {
  const line = JSON.stringify(update).replace('"title":"Call"', '"__proto__":7').replace('"title":', '"__proto__":');
  const outcome = readArchivedChange(line, LATEST);
  expect(outcome.ok && Object.keys(outcome.change.data)).toEqual(['__proto__']);
});

test('a number that a double cannot hold is no fault: the log may hold it', () => {
  const line = JSON.stringify(update).replace('"Call"', '12345678901234567890123');
  expect(readArchivedChange(line.replace('90123', '.5e400'), LATEST).ok).toBe(true);
  expect(readArchivedChange(JSON.stringify(update).replace('"Call"', '9007199254740993'), LATEST).ok).toBe(true);
});

test.each([
  ['what is no JSON', '{"position":1', ''],
  ['an empty line', '', ''],
  ['a list', '[]', ''],
])('%s is refused', (_, line, field) => {
  expect(readArchivedChange(line, LATEST)).toMatchObject({ ok: false, field });
});

const deep = JSON.parse('['.repeat(40) + ']'.repeat(40));
test.each([
  ['another field', { ...insert, userId: 'ada' }, 'userId'],
  ['no id', { ...insert, id: undefined }, 'id'],
  ['an empty id', { ...insert, id: '' }, 'id'],
  ['a name that is too long', { ...insert, appId: 'x'.repeat(201) }, 'appId'],
  ['a position of 0', { ...insert, position: 0 }, 'position'],
  ['an unknown op', { ...insert, op: 'upsert' }, 'op'],
  ['data that is a list', { ...insert, data: [] }, 'data'],
  ['data that is too deep', { ...insert, data: { title: deep } }, ''],
  ['half of a character', { ...insert, data: { title: '\ud800' } }, 'data.title'],
  ['an actor of no kind', { ...insert, actor: { kind: 'admin' } }, 'actor.kind'],
  ['no actor', { ...insert, actor: null }, 'actor'],
  ['an arrival that is no time', { ...insert, createdAt: '2026-02-30T10:00:00.000000Z' }, 'createdAt'],
  [
    'a time that is not normalised',
    { ...update, fieldTimestamps: { title: '2026-03-01T10:00:00Z' } },
    'fieldTimestamps.title',
  ],
  [
    'a time in the future',
    { ...update, fieldTimestamps: { title: '2026-03-02T10:00:00.001Z' } },
    'fieldTimestamps.title',
  ],
  ['a field without a time', { ...update, fieldTimestamps: {} }, 'fieldTimestamps.title'],
  ['a time without a field', { ...update, fieldTimestamps: { title: AT, note: AT } }, 'fieldTimestamps.note'],
  [
    'an insert that does not say since when it lives',
    { ...insert, fieldTimestamps: { title: AT } },
    'fieldTimestamps.deletedAt',
  ],
  ['a delete that says not when', { ...erased, data: {} }, 'data.deletedAt'],
  ['a deletion that is no time', { ...erased, data: { deletedAt: true } }, 'data.deletedAt'],
])('%s is refused by the name of the field', (_, change, field) => {
  expect(read(change)).toMatchObject({ ok: false, field });
});
