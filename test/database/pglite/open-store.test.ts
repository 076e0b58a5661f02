import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { StoreStoppedError } from '../../../src/database/pglite/engine-errors.ts';
import {
  openStore,
  type Store,
  StoreLockedError,
  StoreUnusableError,
} from '../../../src/database/pglite/open-store.ts';
import { endChildren, startChild } from './child.ts';

const stores: Store[] = [];
let root: string;
let directory: string;

beforeEach(() => {
  root = fs.mkdtempSync(join(tmpdir(), 'store-open-'));
  directory = join(root, 'data');
});

afterEach(async () => {
  vi.useRealTimers();
  for (const store of stores.splice(0)) await store.close();
  endChildren();
  fs.rmSync(root, { recursive: true, force: true });
});

test('a new store is made with its parents, keeps what was written, and leaves nothing beside it', async () => {
  const deep = join(root, 'a', 'b', 'data');
  const first = await opened(deep);
  await query(first, 'create table notes as select 1 as id');
  await first.close();
  await first.close();
  expect(fs.readdirSync(join(root, 'a', 'b'))).toEqual(['data']);
  expect(fs.statSync(deep).mode & 0o777).toBe(0o700);

  // A symbolic link to it is the same store, and the same lock.
  fs.symlinkSync(deep, join(root, 'link'));
  const again = await opened(join(root, 'link'));
  expect(await query(again, 'select id, current_user from notes')).toEqual([{ id: 1, current_user: 'postgres' }]);
  await expect(openStore(deep)).rejects.toThrow(StoreLockedError);
});

test('an empty directory is taken, and a half-made one of a killed first start is thrown away', async () => {
  fs.mkdirSync(directory);
  fs.mkdirSync(`${directory}.unpacking/base`, { recursive: true });
  fs.writeFileSync(`${directory}.unpacking/PG_VERSION`, '');
  await opened(directory);
  expect(fs.readdirSync(root).sort()).toEqual(['data', 'data.lock']);
});

test.each([
  ['fsyncSync', 700],
  ['renameSync', 1],
  ['fdatasyncSync', 1],
])('a first start that is killed in %s number %i does not block the next', async (call, n) => {
  const child = startChild('die-opening', directory, call, String(n));
  expect(await child.rest()).toEqual([]);
  await query(await opened(directory), 'create table notes (id integer)');
  expect(fs.readdirSync(root).sort()).toEqual(['data', 'data.lock']);
});

describe('a directory that cannot be the store is refused, and not touched:', () => {
  test('one with other files', async () => {
    fs.mkdirSync(directory);
    fs.writeFileSync(join(directory, 'thesis.txt'), 'years of work');
    await refused('not_a_database', `${directory} holds other files and no database`);
    expect(tree()).toEqual(['data', 'data/thesis.txt']);
  });

  test('a database of another Postgres', async () => {
    fs.mkdirSync(directory);
    fs.writeFileSync(join(directory, 'PG_VERSION'), '16\n');
    await refused('other_version', `${directory} is a database of Postgres 16, this program reads 18`);
    expect(tree()).toEqual(['data', 'data/PG_VERSION']);
  });

  test('a file, and a directory below a file', async () => {
    fs.writeFileSync(directory, '');
    await refused('not_a_directory', `${directory} is not a directory`);
    directory = join(directory, 'deeper', 'data');
    await refused('not_a_directory', 'lies below a file');
    expect(tree()).toEqual(['data']);
  });

  test('one that cannot be written', async () => {
    directory = '/sys/pg-missions/data';
    await refused('not_writable', `${directory} or the directory that holds it cannot be written (E`);
  });
});

test('a damaged database is an error that names the directory, and frees it', async () => {
  await (await opened(directory)).close();
  fs.truncateSync(join(directory, 'global', 'pg_control'), 0);
  await expect(openStore(directory)).rejects.toThrow(`the database in ${directory} cannot be opened`);
  expect(fs.readdirSync(root)).toEqual(['data']);
});

test('an engine pid file that a power cut left empty or garbled does not block the opening', async () => {
  const first = await opened(directory);
  await query(first, 'create table notes (id integer)');
  await first.close();
  for (const left of ['', '\0'.repeat(55)]) {
    fs.writeFileSync(join(directory, 'postmaster.pid'), left);
    const store = await opened(directory);
    expect(await query(store, 'select count(*)::integer as n from notes')).toEqual([{ n: 0 }]);
    await store.close();
  }
});

test('a second process is refused and told who holds the store, the first loses nothing', async () => {
  const first = await opened(directory);
  await query(first, 'create table notes (id integer)');
  const second = startChild('open', directory);
  const [message] = await second.rest();
  expect(message).toContain(`StoreLockedError: ${directory} is in use by process ${process.pid} since`);
  await query(first, 'insert into notes values (1)');
  await first.close();

  const third = startChild('open', directory);
  expect(await third.line()).toBe('opened');
  await expect(openStore(directory)).rejects.toMatchObject({ name: 'StoreLockedError', pid: third.pid });
  await third.kill();
  const again = await opened(directory);
  expect(await query(again, 'select id from notes')).toEqual([{ id: 1 }]);
});

test('a store that lost its lock writes nothing more', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const store = await opened(directory);
  await query(store, 'create table notes (id integer)');
  fs.unlinkSync(`${directory}.lock`);
  vi.advanceTimersByTime(5_000);
  await expect(query(store, 'insert into notes values (1)')).rejects.toThrow(StoreStoppedError);
  await store.close();
});

test('a writer that is killed loses no acknowledged row', async () => {
  let last = 0;
  for (const upTo of [60, 150]) {
    const writer = startChild('write', directory, String(last + 1));
    while (last < upTo) last = Number((await writer.line()) ?? Number.NaN);
    expect(last).toBeGreaterThanOrEqual(upTo);
    await writer.kill();
    for (const line of await writer.rest()) last = Math.max(last, Number(line));
    const store = await opened(directory);
    const ids = (await query<{ id: number }>(store, 'select id from written order by id')).map(({ id }) => id);
    expect(ids.slice(0, last)).toEqual(Array.from({ length: last }, (_, i) => i + 1));
    // The row that was in flight may be there; it is not written again.
    expect(ids.length - last).toBeLessThanOrEqual(1);
    last = ids.length;
    await store.close();
  }
}, 180_000);

async function opened(path: string): Promise<Store> {
  const store = await openStore(path);
  stores.push(store);
  return store;
}

function query<Row>({ engine }: Store, text: string): Promise<Row[]> {
  return engine.alone((send) => send([{ text, values: [] }]) as Promise<Row[]>);
}

async function refused(reason: string, message: string): Promise<void> {
  const error = await openStore(directory).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(StoreUnusableError);
  expect(error).toMatchObject({ reason, message: expect.stringContaining(message) });
}

function tree(): string[] {
  return fs.readdirSync(root, { recursive: true }).map(String).sort();
}
