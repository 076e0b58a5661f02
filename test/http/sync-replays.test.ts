// I26: an event id names one change for ever. The same again is the same answer; anything else under it is refused.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Json, JsonObject } from '../../src/core/json.ts';
import { onBothEngines } from '../support/engines.ts';
import { readLog, syncApp, syncClient } from './sync-app.ts';

const seed = Number(process.env.SEED ?? 20_261_123);
const REPLAYS = Number(process.env.REPLAYS ?? 10_000);
const CHANGES = 250;
const T1 = '2026-03-01T10:00:00.000Z';

interface Pushed {
  eventId: string;
  table: string;
  id: string;
  op: string;
  deletedAt?: string;
  data?: JsonObject;
  fields?: Record<string, { value: Json; updatedAt: string }>;
}

const CHANGE = Array.from({ length: CHANGES }, (_, i): Pushed => {
  const about = { eventId: `e${i}`, table: i % 3 ? 'tasks' : 'lists', id: `t${i % 40}` };
  if (i % 7 === 0) return { ...about, op: 'delete', deletedAt: T1 };
  if (i % 5 === 0) return { ...about, op: 'insert', data: { title: `title ${i}` } };
  return {
    ...about,
    op: i % 2 ? 'insert' : 'update',
    fields: { title: { value: `title ${i}`, updatedAt: T1 }, n: { value: i, updatedAt: T1 } },
  };
});

const T2 = '2026-03-01T10:00:00.001Z';
/** Another time for the first field of a change; another content where it names no fields. */
const atAnotherTime = ({ fields, data, ...change }: Pushed) => {
  if (fields) return { ...change, fields: { ...fields, title: { value: fields.title?.value ?? null, updatedAt: T2 } } };
  return change.op === 'delete' ? { ...change, deletedAt: T2 } : { ...change, data: { ...data, more: null } };
};
/** Another content for a change, and only just. */
const ALTERED: ((change: Pushed) => object)[] = [
  (change) => ({ ...change, id: `${change.id}x` }),
  (change) => ({ ...change, table: `${change.table}x` }),
  ({ op, deletedAt, fields, data, ...change }) =>
    op === 'delete'
      ? { ...change, op: 'update', fields: { n: { value: 1, updatedAt: T1 } } }
      : { ...change, op: 'delete' },
  atAnotherTime,
  ({ fields, data, ...change }) => {
    if (fields) return { ...change, fields: { title: fields.title ?? null } };
    return change.op === 'delete' ? { ...change, id: 'other' } : { ...change, data: { title: ` ${data?.title}` } };
  },
];

onBothEngines((engine) => {
  test('a replay changes nothing and answers the same; an altered one is refused', async () => {
    const { db } = engine();
    const app = syncApp(db);
    const client = syncClient(app, 'ana', 'phone');
    const first = await client.push(CHANGE);
    expect(first.status).toBe(200);
    const log = await readLog(db, 'ana');
    expect(log).toHaveLength(CHANGES);

    for (let replayed = 0; replayed < REPLAYS; replayed += CHANGES) expect(await client.push(CHANGE)).toEqual(first);

    const refusal = (at: number, change: Pushed | undefined, alter: (change: Pushed) => object) => ({
      ...{ status: 422, code: 'event_id_reused' },
      path: `changes.${at}.${alter === atAnotherTime && change?.fields ? 'fields.title.updatedAt' : 'eventId'}`,
    });
    const pushed = async (changes: object[]) => {
      const { status, body } = await client.push(changes);
      return { status, code: body.code, path: body.errors?.[0].path };
    };
    const [plainDelete, fields, , , , data] = CHANGE as [Pushed, Pushed, Pushed, Pushed, Pushed, Pushed];
    for (const change of [plainDelete, fields, data]) {
      for (const alter of ALTERED) expect(await pushed([alter(change)])).toEqual(refusal(0, change, alter));
    }

    const part = fc.tuple(
      fc.shuffledSubarray(CHANGE, { minLength: 1, maxLength: 20 }),
      fc.nat(19),
      fc.constantFrom(...ALTERED),
    );
    await fc.assert(
      fc.asyncProperty(part, async ([some, nth, alter]) => {
        expect((await client.push(some)).status).toBe(200);
        const at = nth % some.length;
        const changes = some.map((change, i) => (i === at ? alter(change) : change));
        expect(await pushed(changes)).toEqual(refusal(at, some[at], alter));
      }),
      { seed, numRuns: REPLAYS / 200 },
    );
    // Another device may not use the id either; to another user it says nothing.
    const tablet = await syncClient(app, 'ana', 'tablet').push(CHANGE.slice(0, 1));
    expect(tablet).toMatchObject({ status: 422, body: { code: 'event_id_reused' } });
    expect((await syncClient(app, 'ben', 'phone').push(CHANGE)).status).toBe(200);
    expect(await readLog(db, 'ana')).toEqual(log);
    // Negative control: without its event ids the same push lands again.
    await client.push(CHANGE.map(({ eventId, ...change }) => change));
    expect(await readLog(db, 'ana')).toHaveLength(2 * CHANGES);
  }, 300_000);
});
