import { EventEmitter, once } from 'node:events';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { USER } from '../../src/core/log/actor.ts';
import type { WireChange } from '../../src/core/sync/wire.ts';
import { appendChanges } from '../../src/database/append-changes.ts';
import { withUser } from '../../src/database/database.ts';
import type { App } from '../../src/http/app.ts';
import { openTestPostgres, type TestEngine } from '../support/engines.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { readLog, recordsFolded, recordsHeld, type SyncClient, syncApp, syncClient } from './sync-app.ts';

const USERS = 8;
const WRITERS = ['phone', 'laptop'];
const CHANGES = 20_000;
const PER_WRITER = CHANGES / USERS / WRITERS.length;

let engine: TestEngine;
let app: App;
beforeAll(async () => {
  engine = await openTestPostgres();
  app = syncApp(engine.db);
});
afterAll(() => engine?.close());

/** What happens to one user's log: `grown` after each write, `read` after each pull. */
interface Person {
  id: string;
  happened: EventEmitter;
  random: () => number;
  writing: number;
}

test('two writers each, long transactions beside them: every reader ends with every change, once, in order', async () => {
  const holder = await holdTransaction();
  const people = Array.from({ length: USERS }, (_, n): Person => {
    const happened = new EventEmitter().setMaxListeners(100);
    return { id: `person-${n}`, happened, random: seededRandom(n), writing: WRITERS.length };
  });
  const outcomes = await Promise.all(
    people.map(async (person) => {
      const [read, ...replicas] = await Promise.all([
        readOn(person, syncClient(app, person.id, 'reader')),
        ...WRITERS.map((name) => writeOn(person, name, syncClient(app, person.id, name))),
      ]);
      return { person, read, replicas };
    }),
  );
  // It was open all the time: a reader that waits for it, as one by transaction ids must, would have ended with nothing.
  expect(await holder.end()).toBe(1);

  for (const { person, read, replicas } of outcomes) {
    const log = await readLog(engine.db, person.id);
    expect(log.map(({ position }) => position)).toEqual(log.map((_, n) => n + 1));
    expect(log).toHaveLength(CHANGES / USERS);
    expect(new Set(log.map(({ id }) => id)).size).toBe(log.length);
    expect(read.map(({ position, eventId }) => [position, eventId])).toEqual(
      log.map(({ position, id }) => [position, id]),
    );
    expect(recordsFolded(read)).toBe(await recordsHeld(engine.db, person.id, 'todo'));
    for (const [n, replica] of replicas.entries()) {
      const ofOthers = log.filter(({ clientId }) => clientId !== WRITERS[n]);
      expect(replica.map(({ eventId }) => eventId)).toEqual(ofOthers.map(({ id }) => id));
    }
  }
});

/** Pulls pages of any size; now and then the answer is lost on the way, and the page is asked for again. */
async function readOn(person: Person, client: SyncClient): Promise<WireChange[]> {
  const seen: WireChange[] = [];
  let since = '0';
  for (;;) {
    const wereWriting = person.writing > 0;
    const grown = once(person.happened, 'grown');
    const body = answerOf(await client.pull(`?since=${since}&limit=${1 + Math.floor(person.random() * 400)}`));
    person.happened.emit('read');
    if (person.random() < 0.1) continue;
    seen.push(...body.serverChanges);
    since = body.syncedUntil;
    if (body.hasMore) continue;
    if (!wereWriting) return seen;
    if (person.writing > 0) await grown;
  }
}

/** Pushes batches of any size, keeps up with the others by the answers, and returns what it was told of them. */
async function writeOn(person: Person, name: string, client: SyncClient): Promise<WireChange[]> {
  const { random, happened } = person;
  const seen: WireChange[] = [];
  let since = '0';
  let written = 0;
  while (written < PER_WRITER) {
    const size = Math.min(1 + Math.floor(random() * 60), PER_WRITER - written);
    const batch = Array.from({ length: size }, (_, n) => changeOf(name, written + n, random));
    if (random() < 0.1) await writePastTheApi(person, name, batch);
    else {
      const body = answerOf(await client.push(batch, { since }));
      // The answer is lost on the way, and the batch is pushed again.
      const heard = random() < 0.1 ? answerOf(await client.push(batch, { since })) : body;
      seen.push(...heard.serverChanges);
      since = heard.syncedUntil;
    }
    written += size;
    happened.emit('grown');
    for (let turns = Math.floor(random() * 20); turns > 0; turns--) await new Promise(setImmediate);
  }
  person.writing -= 1;
  happened.emit('grown');
  // The other may have written on: what is left comes by pull.
  while (person.writing > 0) await once(happened, 'grown');
  for (;;) {
    const body = answerOf(await client.pull(`?since=${since}&limit=${1 + Math.floor(random() * 400)}`));
    seen.push(...body.serverChanges);
    since = body.syncedUntil;
    if (!body.hasMore) return seen;
  }
}

/** A transaction on the person's own log that stays open until a reader has come by. */
function writePastTheApi(
  { id, happened }: Person,
  clientId: string,
  batch: ReturnType<typeof changeOf>[],
): Promise<void> {
  return withUser(engine.db, id, async (tx) => {
    const changes = batch.map(({ eventId, table, id, fields, ...change }) => ({
      ...change,
      id: eventId,
      appId: 'todo',
      tableName: table,
      recordId: id,
      data: { title: fields.title.value },
      fieldTimestamps: { title: fields.title.updatedAt },
      clientId,
      actor: USER,
    }));
    const read = once(happened, 'read');
    await appendChanges(tx, id, changes);
    happened.emit('grown');
    await read;
  });
}

/** An edit of one of few tasks, at one of few times: most have rivals. */
function changeOf(name: string, n: number, random: () => number) {
  const id = `t${Math.floor(random() * 50)}`;
  const updatedAt = new Date(Date.UTC(2026, 2, 1, 10) + Math.floor(random() * 1_000)).toISOString();
  return {
    eventId: `${name}-${n}`,
    table: 'tasks',
    id,
    op: 'update' as const,
    fields: { title: { value: `${name} ${n}`, updatedAt } },
  };
}

/** A transaction elsewhere that has written and does not end; `end` rolls it back and says how many changes it held. */
async function holdTransaction(): Promise<{ end(): Promise<number> }> {
  const client = new pg.Client({ connectionString: engine.url });
  await client.connect();
  await client.query("begin; set local role app_user; set local app.current_user_id = 'somebody else'");
  await client.query('set local idle_in_transaction_session_timeout = 0');
  const { rowCount } = await client.query(
    `insert into sync_changes (user_id, app_id, table_name, record_id, op, data, actor)
     values ('somebody else', 'todo', 'tasks', 't1', 'insert', '{}', '{"kind":"user"}')`,
  );
  return {
    async end() {
      await client.query('rollback');
      await client.end();
      return rowCount ?? 0;
    },
  };
}

function answerOf({ status, body }: Awaited<ReturnType<SyncClient['pull']>>) {
  if (status !== 200) throw new Error(`answered ${status}: ${JSON.stringify(body)}`);
  return body as { serverChanges: WireChange[]; syncedUntil: string; hasMore: boolean };
}
