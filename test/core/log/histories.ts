import fc from 'fast-check';
import type { Json, JsonObject } from '../../../src/core/json.ts';
import type { Change, LoggedChange, Op } from '../../../src/core/log/change.ts';

/** A change whose every field has a time, as a client with a clock of its own pushes it. */
export type StampedChange = Pick<Change, 'appId' | 'tableName' | 'recordId' | 'op' | 'data'> & {
  fieldTimestamps: Record<string, string>;
  clientId: string;
};

/** What the fold reads of a logged change, and which record it belongs to. */
export type LoggedWrite = Pick<
  LoggedChange,
  'appId' | 'tableName' | 'recordId' | 'data' | 'fieldTimestamps' | 'clientId' | 'position'
>;

/** Characters beyond U+FFFF beside U+E000..U+FFFF: here the order of UTF-16 units is not the order of code points. */
export const clientId = fc.oneof(
  fc.constantFrom('a', 'b', 'server', 'Z', 'é', '\ue000', '\ufffd', '\uffff', '\u{10000}', '\u{1f600}', '\u{1f601}'),
  fc.constantFrom('a\ue000', 'a\u{10000}', 'a\u{1f600}', 'a\u{1f600}b', 'a\u{1f601}', '\u{1f600}\ue000', '\u{10ffff}'),
);

/** A few that most writes meet in, and all that a field may be called without being anything else. */
const fieldName = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('title', 'state', 'feedback', '__proto__') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', 'missionId', 'a.b', 'naïve \u{1f600}', 'constructor', 'toString', 'hasOwnProperty'),
  },
);

const scalar: fc.Arbitrary<Json> = fc.constantFrom<Json[]>(
  ...[null, true, false, 0, -1, 0.1, 1e300, 5e-324, Number.MAX_SAFE_INTEGER],
  ...['', 'a', 'active', 'paused', 'm1', '\u{1f600}', '\uffff', 'line\nbreak', '2025-03-01T10:00:00.000Z'],
);
const nested: fc.Arbitrary<Json> = fc.oneof(
  fc.array(scalar, { maxLength: 3 }),
  fc.array(fc.tuple(fieldName, scalar), { maxLength: 3 }).map(objectOf),
  fc.tuple(fieldName, fc.array(scalar, { maxLength: 2 })).map((entry) => ({ list: [objectOf([entry])] })),
);
const fieldValue = fc.oneof({ weight: 3, arbitrary: scalar }, { weight: 1, arbitrary: nested });

const START = Date.UTC(2025, 2, 1, 10);

interface Client {
  id: string;
  skew: number;
}

/** Few clients, few milliseconds: most writes of a field have a rival of the very same time. */
const clients: fc.Arbitrary<Client[]> = fc.uniqueArray(
  fc.record({ id: clientId, skew: fc.constantFrom(0, 0, 0, 0, 0, 1, -1, -3_600_000, 50_000) }),
  { selector: (client) => client.id, minLength: 2, maxLength: 4 },
);

const COLLECTIONS = [
  { appId: 'todo', tableName: 'tasks' },
  { appId: 'ai', tableName: 'aiMissions' },
  { appId: 'ai', tableName: 'aiIterations' },
];

/**
 * Several clients edit a few records of three collections: inserts, updates before inserts and after deletes, re-inserts,
 * updates that name no field. Records and fields are few, so that most writes have rivals.
 */
export const history: fc.Arbitrary<StampedChange[]> = fc
  .tuple(clients, fc.oneof(fc.constant(COLLECTIONS.slice(0, 1)), fc.subarray(COLLECTIONS, { minLength: 1 })))
  .chain(([all, collections]) =>
    fc.array(stampedChange(all, collections), { minLength: 1, maxLength: 24, size: 'max' }),
  );

function stampedChange(all: Client[], collections: typeof COLLECTIONS): fc.Arbitrary<StampedChange> {
  return fc
    .record({
      client: fc.constantFrom(...all),
      collection: fc.constantFrom(...collections),
      recordId: fc.constantFrom('m1', 'm1', 'r2'),
      op: fc.constantFrom<Op[]>('insert', 'update', 'update', 'update', 'delete'),
      fields: fc.uniqueArray(fc.tuple(fieldName, fieldValue, tick), { selector: ([name]) => name, maxLength: 4 }),
      deletedAt: rarely(fc.tuple(fc.option(tick, { freq: 2 }), tick)),
    })
    .map(({ client, collection, recordId, op, fields, deletedAt }) => {
      const at = (ticks: number) => new Date(START + ticks + client.skew).toISOString();
      const writes: [string, Json, string][] = fields.map(([name, value, ticks]) => [name, value, at(ticks)]);
      if (deletedAt || op === 'delete') {
        const [value, time] = deletedAt ?? [0, 0];
        writes.push(['deletedAt', value === null ? null : at(value), at(time)]);
      }
      return {
        ...collection,
        recordId,
        op,
        data: objectOf(writes.map(([name, value]) => [name, value])),
        fieldTimestamps: objectOf(writes.map(([name, , time]) => [name, time])) as Record<string, string>,
        clientId: client.id,
      };
    });
}

function rarely<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: value });
}

const tick = fc.integer({ min: 0, max: 2 });

/** What the log makes of a history: the rules of db/functions/admit_change.sql, for changes whose every field is stamped. */
export function logOf(changes: StampedChange[]): LoggedWrite[] {
  return changes.map(({ op, ...change }, index) => {
    const { deletedAt, ...others } = change.fieldTimestamps;
    const latest = Object.values(others).sort().at(-1) ?? new Date(START).toISOString();
    const times = Object.entries(op === 'delete' ? {} : change.fieldTimestamps);
    if (op === 'delete') times.push(['deletedAt', deletedAt ?? latest]);
    else if (op === 'insert' && deletedAt === undefined) times.push(['deletedAt', latest]);
    const data = { ...change.data };
    if (op === 'delete') data.deletedAt ??= deletedAt ?? latest;
    return { ...change, data, fieldTimestamps: Object.fromEntries(times), position: index + 1 };
  });
}

export function recordKey({
  appId,
  tableName,
  recordId,
}: Pick<LoggedWrite, 'appId' | 'tableName' | 'recordId'>): string {
  return `${appId}/${tableName}/${recordId}`;
}

/** The one text of a JSON value, whatever the order of its keys; `__proto__` is a key like any other. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`;
}

/** Unlike an object literal or an assignment, keeps `__proto__` as an own key. */
function objectOf(entries: [string, Json][]): JsonObject {
  return Object.fromEntries(entries);
}
