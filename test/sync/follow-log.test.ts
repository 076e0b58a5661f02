// What a stream does when reading goes wrong or is slow; how it reads when all is well is shown over HTTP.
import { pino } from 'pino';
import { beforeEach, expect, test } from 'vitest';
import type { Change } from '../../src/core/log/change.ts';
import type { Since } from '../../src/core/sync/cursor.ts';
import { appendChanges } from '../../src/database/append-changes.ts';
import { withUser } from '../../src/database/database.ts';
import { type ChangeHub, createChangeHub, HEARTBEAT_MS } from '../../src/sync/change-hub.ts';
import { createChangeSource } from '../../src/sync/change-source.ts';
import { followLog, type LogStream } from '../../src/sync/follow-log.ts';
import { createLogPages, type LogPage } from '../../src/sync/log-pages.ts';
import { readChanges } from '../../src/sync/read-changes.ts';
import { newUser, onBothEngines } from '../support/engines.ts';
import { type FakeClock, fakeClock } from '../support/fake-clock.ts';

const EPOCH = '0123456789';
const silent = pino({ level: 'silent' });

let clock: FakeClock;
let hub: ChangeHub;
/** The position after which each page was read. */
let reads: number[];
let answers: (() => Promise<LogPage | null>)[];

beforeEach(() => {
  clock = fakeClock();
  hub = createChangeHub({ clock, log: silent, readHeads: async () => new Map() });
  reads = [];
  answers = [];
});

function page(position: number, { hasMore = false, isShown = true } = {}): LogPage {
  return {
    cursor: `${EPOCH}.${position}`,
    hasMore,
    eventFor: () => (isShown ? new TextEncoder().encode(`page ${position}`) : null),
  };
}

function follow(first: LogPage): LogStream {
  const read = async (since: Since) => {
    reads.push((since as { position: number }).position);
    const answer = answers.shift();
    return answer ? answer() : page((since as { position: number }).position, { isShown: false });
  };
  return followLog({
    ...{ hub, clock, log: silent, clientId: undefined, first },
    userId: 'a',
    read,
  });
}

/** A read that is under way until the test finishes it. */
function heldRead() {
  let finish: (page: LogPage) => void = () => {};
  const held = new Promise<LogPage>((resolve) => {
    finish = resolve;
  });
  return { read: () => held, finish };
}

const textOf = async (event: Promise<Uint8Array | null>) => new TextDecoder().decode((await event) ?? undefined);
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('follows nobody before the first event is asked for', async () => {
  const stream = follow(page(1));
  expect(hub.followers()).toBe(0);
  expect(await textOf(stream.next())).toBe('page 1');
  expect(hub.followers()).toBe(1);
  expect(reads).toEqual([]);
  stream.close();
  stream.close();
  expect(hub.followers()).toBe(0);
  expect(await stream.next()).toBeNull();
});

test('a close ends a wait, and a read that is under way', async () => {
  const waiting = follow(page(1));
  await waiting.next();
  const next = waiting.next();
  await settled();
  waiting.close();
  expect(await next).toBeNull();

  const reading = follow(page(1));
  const { read, finish } = heldRead();
  answers = [read];
  await reading.next();
  const event = reading.next();
  reading.close();
  finish(page(2));
  expect(await event).toBeNull();
  expect(hub.followers()).toBe(0);
});

test('looks again, ever later, until a replica has what the log is known to end with', async () => {
  const stream = follow(page(1));
  await stream.next();
  const heads = new Map([['a', { epoch: EPOCH, position: 3 }]]);
  hub = createChangeHub({ clock, log: silent, readHeads: async () => heads, readsLag: true });
  const behind = follow(page(1));
  await behind.next();
  const event = behind.next();
  await settled();
  // Told where the log ends when it began: the replica has nothing new yet.
  expect(reads).toEqual([1]);
  for (const ms of [10, 20, 40]) {
    clock.advance(ms - 1);
    await settled();
    const before = reads.length;
    clock.advance(1);
    await settled();
    expect(reads).toHaveLength(before + 1);
  }
  answers = [async () => page(2)];
  clock.advance(80);
  expect(await textOf(event)).toBe('page 2');
  const last = behind.next();
  answers = [async () => page(3)];
  await settled();
  clock.advance(10);
  expect(await textOf(last)).toBe('page 3');
  reads = [];
  void behind.next();
  await settled();
  clock.advance(5_000);
  await settled();
  expect(reads).toEqual([]);
  behind.close();
  stream.close();
});

test('a close ends the wait for a replica', async () => {
  const heads = new Map([['a', { epoch: EPOCH, position: 3 }]]);
  hub = createChangeHub({ clock, log: silent, readHeads: async () => heads, readsLag: true });
  const stream = follow(page(1));
  await stream.next();
  void stream.next();
  await settled();
  reads = [];
  stream.close();
  clock.advance(5_000);
  await settled();
  expect(reads).toEqual([]);
});

test('looks again when it is told during a read, however often once', async () => {
  const stream = follow(page(1));
  await stream.next();
  const { read, finish } = heldRead();
  answers = [read, async () => page(3)];
  const event = stream.next();
  await settled();
  for (let i = 0; i < 5; i++) hub.wake(['a']);
  finish(page(1, { isShown: false }));
  expect(await textOf(event)).toBe('page 3');
  void stream.next();
  await settled();
  expect(reads).toEqual([1, 1]);
  stream.close();
});

test('beats while it reads a long way past what is left out, and says how far it is', async () => {
  const stream = follow(page(1));
  await stream.next();
  answers = [
    async () => {
      clock.advance(HEARTBEAT_MS);
      return page(500, { hasMore: true, isShown: false });
    },
  ];
  expect(await textOf(stream.next())).toBe(`: heartbeat\nid: ${EPOCH}.500\n\n`);
  stream.close();
});

test('a page that cannot be read is tried again with the next heartbeat; the stream stays', async () => {
  const stream = follow(page(1));
  await stream.next();
  answers = [() => Promise.reject(new Error('away')), () => Promise.reject(new Error('away')), async () => page(2)];
  const first = stream.next();
  await settled();
  clock.advance(HEARTBEAT_MS);
  expect(await textOf(first)).toBe(': heartbeat\n\n');
  const second = stream.next();
  await settled();
  clock.advance(HEARTBEAT_MS);
  expect(await textOf(second)).toBe(': heartbeat\n\n');
  expect(await textOf(stream.next())).toBe('page 2');
  expect(reads).toEqual([1, 1, 1]);
  stream.close();
});

test('a log that is another one now ends it', async () => {
  const stream = follow(page(1));
  await stream.next();
  answers = [async () => null];
  expect(await stream.next()).toBeNull();
  expect(hub.followers()).toBe(0);
});

onBothEngines((engine) => {
  test.each(['ai', 'todo'])(
    'what is left out of a page of %s for a client is what the log leaves out for it',
    async (appId) => {
      const user = newUser();
      await withUser(engine().db, user, (tx) =>
        appendChanges(
          tx,
          user,
          ['aiProposals', 'aiMissions', 'tasks'].flatMap((tableName) =>
            ['phone', 'laptop', 'server'].map((clientId): Change => {
              const data = { title: 'T', objective: 'O' };
              return { appId, tableName, recordId: clientId, op: 'insert', data, clientId, actor: { kind: 'user' } };
            }),
          ),
        ),
      );
      const page = await createLogPages(createChangeSource({ db: engine().db, clock, log: silent }), hub).of({
        userId: user,
        appIds: [appId],
      })({ kind: 'start' });
      for (const clientId of ['phone', 'nobody', undefined]) {
        const read = await withUser(engine().db, user, (tx) =>
          readChanges(tx, { appIds: [appId], since: { kind: 'start' }, limit: 100, exceptClientId: clientId }),
        );
        const event = new TextDecoder().decode(page?.eventFor(clientId) ?? undefined);
        const { serverChanges } = JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? '');
        expect(serverChanges).toEqual(read.ok && read.changes);
        expect(serverChanges).toHaveLength(clientId === 'phone' ? (appId === 'ai' ? 7 : 6) : 9);
      }
    },
  );

  test('streams that ask for the same at the same time share what is read; those that were told later do not', async () => {
    const user = newUser();
    const append = (id: string) =>
      withUser(engine().db, user, (tx) =>
        appendChanges(tx, user, [
          {
            appId: 'todo',
            tableName: 'tasks',
            recordId: id,
            op: 'insert',
            data: {},
            clientId: id,
            actor: { kind: 'user' },
          },
        ]),
      );
    await append('a');
    let queries = 0;
    const counted = {
      ...engine().db,
      runTexts: (...statement: Parameters<ReturnType<typeof engine>['db']['runTexts']>) => {
        queries += 1;
        return engine().db.runTexts(...statement);
      },
    } as ReturnType<typeof engine>['db'];
    const pages = createLogPages(createChangeSource({ db: counted, clock, log: silent }), hub);
    const filter = { userId: user, appIds: ['todo'] };
    const go = hub.follow(user, { look() {}, check() {}, beat() {}, end() {} });
    const start = { kind: 'start' } as const;
    const both = await Promise.all([pages.of(filter)(start), pages.of({ ...filter })(start)]);
    expect(queries).toBe(1);
    expect(both[0]).toBe(both[1]);
    // The bytes too, where nothing is left out for one of them.
    expect(both[0]?.eventFor('x')).toBe(both[1]?.eventFor(undefined));
    expect(both[0]?.eventFor('a')).toBeNull();

    const early = pages.of(filter)(start);
    await append('b');
    hub.wake([user]);
    const late = pages.of(filter)(start);
    expect(late).not.toBe(early);
    await early;
    expect((await late)?.cursor).toMatch(/\.2$/);
    await pages.of({ ...filter, tables: ['tasks'] })(start);
    expect(queries).toBe(4);
    go();
  });
});
