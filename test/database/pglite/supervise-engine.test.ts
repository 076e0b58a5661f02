import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { sessionOf } from '../../../src/database/pglite/engine-session.ts';
import { openStore, type Store } from '../../../src/database/pglite/open-store.ts';
import { type Engine, superviseEngine } from '../../../src/database/pglite/supervise-engine.ts';
import { until } from '../../support/until.ts';
import { endChildren, startChild } from './child.ts';
import { isOpen, query } from './query.ts';
import { type LocalStore, openLocalStore } from './store-in-this-thread.ts';
import { ENDLESS, wedge } from './wedge.ts';

/** For the insert, on a machine that has much to do. */
const ENOUGH_MS = 5_000;
const AT_ONCE = { retryDelayMs: () => 0 };

let root: string;
let directory: string;

beforeEach(() => {
  root = fs.mkdtempSync(join(tmpdir(), 'store-wedge-'));
  directory = join(root, 'data');
});

afterEach(() => {
  endChildren();
  fs.rmSync(root, { recursive: true, force: true });
});

test('twenty wedges: each is ended, every acknowledged row remains, and a listener hears again', async () => {
  const { engine } = await opened();
  const heard = listenTo(engine);
  await heard.connection();
  await query(engine, 'create table notes (id integer primary key)');
  const endless = Object.entries(ENDLESS);
  const kept: number[] = [];
  for (let id = 1; id <= 20; id++) {
    const [kind, text] = endless[id % endless.length]!;
    await query(engine, `insert into notes values (${id})`);
    kept.push(id);
    const connected = heard.connection();
    await expect(wedge(engine, text), kind).rejects.toMatchObject({ code: '57014' });
    await connected;
    await query(engine, `select pg_notify('probe', '${id}')`);
    expect(heard.payloads.at(-1)).toBe(String(id));
    expect((await query<{ id: number }>(engine, 'select id from notes order by id')).map((row) => row.id)).toEqual(
      kept,
    );
  }
  expect(engine.restarts()).toBe(20);
}, 280_000);

describe('when the engine is lost', { timeout: 120_000 }, () => {
  test('at a commit, the outcome is said to be unknown', async () => {
    const { engine } = await opened();
    await query(engine, 'create table notes (id integer)');
    const batch = ['begin', 'insert into notes values (1)', ENDLESS['a sleep'], 'commit'].map((text) => ({ text }));
    await expect(engine.alone((send) => send(batch), 200)).rejects.toMatchObject({ code: '08007' });
    await isOpen(engine);
    expect(await query(engine, 'select * from notes')).toEqual([]);
  });

  test('a transaction that goes on all the same writes nothing into the next session', async () => {
    const { engine } = await opened();
    await query(engine, 'create table notes (id integer)');
    const codes: unknown[] = [];
    const ended = engine.alone(async (send) => {
      const trial = (text: string) => send([{ text }]).catch((error) => codes.push(error.code));
      await trial('begin; insert into notes values (1)');
      await trial(ENDLESS['a loop']);
      await until(() => engine.restarts() === 1);
      await trial('insert into notes values (2)');
      await trial('commit');
      return send;
    }, ENOUGH_MS);
    const send = await ended;
    await expect(send([{ text: 'insert into notes values (3)' }])).rejects.toThrow('has ended');
    expect(codes).toEqual(['57014', '08006', '08006']);
    await isOpen(engine);
    expect(await query(engine, 'select * from notes')).toEqual([]);
  });

  test('whoever waits is refused at once until it is open again, and it is opened for as long as that takes', async () => {
    let isBroken = false;
    let openings = 0;
    let lose = (_: Error) => {};
    const { pglite } = await local();
    const engine = await superviseEngine({
      ...AT_ONCE,
      statementMs: 60_000,
      async open(onNotify) {
        openings += 1;
        if (isBroken) throw new Error('no');
        const session = sessionOf(pglite, onNotify);
        lose = session.kill;
        return session;
      },
    });
    await query(engine, 'select 1');
    isBroken = true;
    lose(new Error('lost'));
    await until(() => openings > 3);
    await expect(query(engine, 'select 1')).rejects.toMatchObject({ code: '57P03' });
    isBroken = false;
    await isOpen(engine);
    expect(engine.restarts()).toBe(1);
  });
});

test('the service goes on while a statement runs, as it would not with the engine in its thread', async () => {
  const turnsDuring = async (engine: Engine) => {
    let turns = 0;
    let isOver = false;
    const count = () => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    await query(engine, 'select count(*) from generate_series(1, 1000000)');
    isOver = true;
    return turns;
  };
  const beside = await turnsDuring((await opened()).engine);
  const { pglite } = await local();
  const here = await superviseEngine({ open: async (hear) => sessionOf(pglite, hear), statementMs: 60_000 });
  const within = await turnsDuring(here);
  expect(within).toBeLessThan(10);
  expect(beside).toBeGreaterThan(10);
});

test('a process that is killed while its engine is wedged leaves a store that opens, with all that it acknowledged', async () => {
  const child = startChild('wedge', directory, ENDLESS['a runaway query']);
  expect(await child.line()).toBe('wedged');
  // Its main thread is free: it hears and answers.
  child.say('are you there?');
  expect(await child.line()).toBe('here');
  await child.kill();
  const { engine } = await opened();
  expect(await query(engine, 'select id from notes')).toEqual([{ id: 1 }]);
});

async function opened(): Promise<Store> {
  const store = await openStore(directory, AT_ONCE);
  onTestFinished(() => store.close());
  return store;
}

async function local(): Promise<LocalStore> {
  const store = await openLocalStore(join(root, 'local'));
  onTestFinished(() => store.close());
  return store;
}

function listenTo(engine: Engine) {
  const payloads: string[] = [];
  let connect = () => {};
  void engine.listen(['probe'], {
    onNotify: (_, payload) => void payloads.push(payload),
    onConnected: () => connect(),
    onError: () => {},
  });
  return {
    payloads,
    /** The next time that it is told that it is connected. */
    connection: () =>
      new Promise<void>((resolve) => {
        connect = resolve;
      }),
  };
}
