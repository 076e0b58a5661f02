import { describe, expect, test } from 'vitest';
import { USER } from '../../../src/core/log/actor.ts';
import { defaultRegistry } from '../../../src/core/modules/registry.ts';
import { acceptPush } from '../../../src/core/sync/accept-push.ts';
import { pushBodySchema } from '../../../src/core/sync/wire.ts';

const T1 = '2026-03-01T10:00:00.000Z';
const T2 = '2026-03-01T11:00:00.000Z';
const good = { table: 'tasks', id: 't0', op: 'insert', data: { title: 'A' } };

function accept(appId: string, changes: object[], over: object = {}) {
  return acceptPush(defaultRegistry, appId, pushBodySchema.parse({ clientId: 'c1', changes, ...over }));
}

/** What a change that comes second is made into; throws when it is refused. */
function entryOf(appId: string, change: object) {
  const accepted = accept(appId, [{ ...good, table: 'other' }, change]);
  if (!accepted.ok) throw new Error(JSON.stringify(accepted));
  return accepted.entries[1];
}

const at = (value: unknown, updatedAt = T1) => ({ value, updatedAt });

describe('an accepted change', () => {
  test('with fields keeps value and time of each, the time normalised', () => {
    const fields = { title: at('B', '2026-03-01T12:00:00+02:00'), mood: at(null, T2) };
    expect(entryOf('todo', { eventId: 'e1', table: 'tasks', id: 't1', op: 'update', fields })).toEqual({
      index: 1,
      kind: 'change',
      change: {
        id: 'e1',
        appId: 'todo',
        tableName: 'tasks',
        recordId: 't1',
        op: 'update',
        data: { title: 'B', mood: null },
        fieldTimestamps: { title: T1, mood: T2 },
        clientId: 'c1',
        schemaVersion: 1,
        actor: USER,
      },
    });
  });

  test('is stored as it was pushed: without defaults, which would have a time that no client knows', () => {
    const entry = entryOf('todo', { table: 'tasks', id: 't1', op: 'insert', fields: { title: at(' A ') } });
    expect(entry).toMatchObject({ change: { data: { title: ' A ' }, fieldTimestamps: { title: T1 } } });
    expect(entry).not.toHaveProperty('change.data.completed');
  });

  test('with data leaves the times to the log', () => {
    expect(entryOf('x', { table: 't', id: 'a', op: 'insert', data: { n: 1, deletedAt: null } })).toMatchObject({
      change: { data: { n: 1, deletedAt: null }, fieldTimestamps: {} },
    });
  });

  test.each<[string, object, object, object]>([
    ['no time', {}, {}, {}],
    ['null', { deletedAt: null, data: {} }, {}, {}],
    ['deletedAt', { deletedAt: T1 }, { deletedAt: T1 }, {}],
    ['a stamped field', { fields: { deletedAt: at(T1, T2) } }, { deletedAt: T1 }, { deletedAt: T2 }],
    ['both', { deletedAt: T2, fields: { deletedAt: at(T1, T2) } }, { deletedAt: T1 }, { deletedAt: T2 }],
  ])('a delete may have %s', (_, over, data, fieldTimestamps) => {
    expect(entryOf('todo', { table: 'tasks', id: 't1', op: 'delete', ...over })).toMatchObject({
      change: { op: 'delete', data, fieldTimestamps },
    });
  });

  test('an insert may say that the record lives', () => {
    const fields = { title: at('A'), deletedAt: at(null) };
    expect(entryOf('todo', { table: 'tasks', id: 't1', op: 'insert', fields })).toMatchObject({
      change: { data: { title: 'A', deletedAt: null }, fieldTimestamps: { title: T1, deletedAt: T1 } },
    });
  });

  test('a policy may name tools that exist', () => {
    const change = { table: 'aiPolicy', id: 'policy', op: 'update', data: { create_task: 'deny' } };
    expect(entryOf('ai', change)).toMatchObject({ change: { data: { create_task: 'deny' } } });
  });

  test('the greatest time of the push is told, and where it stands', () => {
    const changes = [
      { ...good, data: undefined, fields: { title: at('A', T1), notes: at('n', T2) } },
      { ...good, data: undefined, fields: { title: at('A', T1) } },
    ];
    expect(accept('todo', changes)).toMatchObject({ latest: { at: T2, path: 'changes.0.fields.notes.updatedAt' } });
    expect(accept('todo', [good])).toMatchObject({ ok: true, latest: null });
  });
});

describe('a decision', () => {
  const decide = (over: object) => entryOf('ai', { table: 'aiProposals', id: 'p1', op: 'update', ...over });

  test('is read from fields and from data', () => {
    const fields = { status: at('approved'), params: at({ title: 'B' }), hash: at('h'), feedback: at(' good ') };
    expect(decide({ eventId: 'e1', fields })).toEqual({
      index: 1,
      kind: 'decision',
      proposalId: 'p1',
      eventId: 'e1',
      decision: { decision: 'approve', params: { title: 'B' }, hash: 'h', feedback: 'good' },
    });
    expect(decide({ data: { status: 'rejected', params: null, feedback: '' } })).toEqual({
      index: 1,
      kind: 'decision',
      proposalId: 'p1',
      decision: { decision: 'reject' },
    });
  });
});

describe('refused', () => {
  const mission = { table: 'aiMissions', id: 'm1', op: 'update' };
  const proposal = { table: 'aiProposals', id: 'p1', op: 'update' };
  const update = { table: 'tasks', id: 't1', op: 'update' };

  test.each<[string, string, object, string, string[]]>([
    ['an AI actor', 'x', { ...good, actor: { kind: 'ai' } }, 'actor_forbidden', ['actor']],
    ['no actor', 'x', { ...good, actor: null }, 'actor_forbidden', ['actor']],
    ['more than an actor', 'x', { ...good, actor: { kind: 'user', as: 'b' } }, 'actor_forbidden', ['actor']],
    ['fields and data', 'x', { ...good, fields: {} }, 'invalid_request', ['data']],
    ['an insert of nothing', 'x', { ...good, data: undefined }, 'invalid_request', ['fields']],
    ['an update of nothing', 'x', { ...update }, 'invalid_request', ['fields']],
    ['an empty update', 'x', { ...update, fields: {} }, 'nothing_to_change', ['fields']],
    ['an empty update of data', 'x', { ...update, data: {} }, 'nothing_to_change', ['data']],
    ['deletedAt with an update', 'x', { ...update, data: { a: 1 }, deletedAt: T1 }, 'invalid_request', ['deletedAt']],
    ['deletedAt as a field', 'x', { ...update, data: { deletedAt: null } }, 'invalid_request', ['data.deletedAt']],
    [
      'a deletion by insert',
      'x',
      { ...good, data: undefined, fields: { deletedAt: at(T1) } },
      'invalid_request',
      ['fields.deletedAt'],
    ],
    ['a delete with fields', 'x', { ...update, op: 'delete', data: { a: 1 } }, 'invalid_request', ['data.a']],
    ['a delete at no time', 'x', { ...update, op: 'delete', deletedAt: 'now' }, 'invalid_time', ['deletedAt']],
    [
      'a delete that clears deletedAt',
      'x',
      { ...update, op: 'delete', fields: { deletedAt: at(null) } },
      'invalid_time',
      ['fields.deletedAt.value'],
    ],
    [
      'an unreadable time',
      'x',
      { ...update, fields: { a: at(1), b: at(1, '2026-02-30T10:00:00Z') } },
      'invalid_time',
      ['fields.b.updatedAt'],
    ],
    [
      'too many fields',
      'x',
      { ...update, data: Object.fromEntries(Array.from({ length: 1_001 }, (_, n) => [`f${n}`, n])) },
      'too_many_fields',
      ['data'],
    ],
    ['an insert with a long id', 'x', { ...good, id: 'x'.repeat(201) }, 'invalid_request', ['id']],
    ['a mission with a long id', 'ai', { ...mission, id: 'x'.repeat(201), data: { a: 1 } }, 'invalid_request', ['id']],
    ['an invalid known field', 'todo', { ...update, data: { title: '' } }, 'invalid_request', ['data.title']],
    [
      'an invalid known field with its time',
      'ai',
      { ...mission, fields: { title: at('M'), cadence: at({ kind: 'interval', everyMinutes: 0 }) } },
      'invalid_request',
      ['fields.cadence.value.everyMinutes'],
    ],
    [
      'an insert without what is required',
      'ai',
      { ...mission, op: 'insert', fields: { title: at('M') } },
      'invalid_request',
      ['fields.objective'],
    ],
    [
      "the runner's fields of a mission",
      'ai',
      { ...mission, data: { title: 'M', nextRunAt: T1, claimToken: 'x' } },
      'field_is_server_owned',
      ['data.nextRunAt', 'data.claimToken'],
    ],
    ['an iteration', 'ai', { ...good, table: 'aiIterations' }, 'collection_is_server_owned', ['table']],
    [
      'the deletion of an iteration',
      'ai',
      { ...good, table: 'aiIterations', op: 'delete', data: {} },
      'collection_is_server_owned',
      ['table'],
    ],
    [
      'another policy',
      'ai',
      { ...update, table: 'aiPolicy', data: { create_task: 'auto' } },
      'invalid_request',
      ['id'],
    ],
    [
      'a policy for no tool',
      'ai',
      { ...update, table: 'aiPolicy', id: 'policy', fields: { 'no.tool': at('auto') } },
      'invalid_request',
      ['fields.no.tool.value'],
    ],
    [
      'a new proposal',
      'ai',
      { ...proposal, op: 'insert', data: { status: 'approved' } },
      'collection_is_server_owned',
      ['op'],
    ],
    ['the deletion of a proposal', 'ai', { ...proposal, op: 'delete' }, 'collection_is_server_owned', ['op']],
    [
      'another field of a proposal',
      'ai',
      { ...proposal, data: { status: 'approved', toolName: 'x' } },
      'collection_is_server_owned',
      ['data.toolName'],
    ],
    [
      'a decision that is none',
      'ai',
      { ...proposal, fields: { status: at('pending') } },
      'invalid_request',
      ['fields.status.value'],
    ],
    [
      'a decision without a status',
      'ai',
      { ...proposal, fields: { feedback: at('x') } },
      'invalid_request',
      ['fields.status'],
    ],
    [
      'a rejection with parameters',
      'ai',
      { ...proposal, data: { status: 'rejected', params: {} } },
      'invalid_request',
      ['data.params'],
    ],
  ])('%s', (_, appId, change, code, paths) => {
    const before = { table: 'other', id: 'o1', op: 'insert', data: {} };
    const accepted = accept(appId, [before, change, { ...change }]);
    expect(accepted).toMatchObject({ ok: false, code });
    const issues = accepted.ok ? [] : accepted.issues;
    expect(issues.map(({ path }) => path)).toEqual(paths.map((path) => `changes.1.${path}`));
  });

  test('a schema version above the supported', () => {
    expect(accept('x', [], { schemaVersion: 2 })).toMatchObject({
      ok: false,
      code: 'schema_version_unsupported',
      issues: [{ path: 'schemaVersion' }],
    });
  });
});
