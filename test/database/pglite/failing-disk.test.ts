import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { sessionOf } from '../../../src/database/pglite/engine-session.ts';
import { openEngine } from '../../../src/database/pglite/open-engine.ts';
import { claimStore, prepareStore } from '../../../src/database/pglite/open-store.ts';
import { superviseEngine } from '../../../src/database/pglite/supervise-engine.ts';
import { until } from '../../support/until.ts';
import { isOpen, query } from './query.ts';

let root: string;
let directory: string;

beforeEach(() => {
  root = fs.mkdtempSync(join(tmpdir(), 'store-disk-'));
  directory = join(root, 'data');
});

afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

// Each opens the engine three or four times.
describe('a disk that fails', { timeout: 180_000 }, () => {
  test('at a commit: nothing is acknowledged, and the store opens again by itself once it can be written', async () => {
    const { engine, openings } = await supervised();
    await query(engine, 'create table notes (id integer); insert into notes values (1)');
    // As Linux has it: an error, and then the file system is read-only.
    const mend = breakFs('EROFS', ['fdatasyncSync', 'accessSync']);
    await expect(query(engine, 'insert into notes values (2)')).rejects.toThrow('could not fsync file');
    await until(() => openings() > 2);
    await expect(query(engine, 'select 1')).rejects.toMatchObject({ code: '57P03' });
    mend();
    await isOpen(engine);
    expect(await query(engine, 'select id from notes where id = 1')).toEqual([{ id: 1 }]);
    await query(engine, 'insert into notes values (3)');
  });

  test('by becoming read-only: an I/O error, not a lack of rights', async () => {
    const { engine } = await supervised();
    const mend = breakFs('EROFS', ['openSync']);
    await expect(query(engine, 'create table notes (id integer)')).rejects.toMatchObject({ code: '58030' });
    mend();
    await isOpen(engine);
    await query(engine, 'create table notes (id integer)');
  });

  test('and the directory is removed: a commit is refused rather than written to nowhere, and no new store is made', async () => {
    const { engine, openings } = await supervised();
    await query(engine, 'create table notes (id integer); insert into notes values (1)');
    // It needs no file but the WAL's, which is open from the first time: without a look at its name it would be acknowledged.
    const commit = () => query(engine, "select pg_logical_emit_message(true, 'note', 'lost')");
    await commit();
    fs.renameSync(directory, `${directory}-before`);
    fs.cpSync(`${directory}-before`, `${directory}-copy`, { recursive: true });
    fs.rmSync(`${directory}-before`, { recursive: true });
    await expect(commit()).rejects.toThrow('could not fsync file');
    await until(() => openings() > 2);
    expect(fs.existsSync(directory)).toBe(false);
    fs.renameSync(`${directory}-copy`, directory);
    await isOpen(engine);
    expect(await query(engine, 'select id from notes')).toEqual([{ id: 1 }]);
  });
});

/** The store as openStore has it, but with its engine in this thread: so that the files that it writes can be made to fail. */
async function supervised() {
  const { lock } = await claimStore(directory);
  let count = 0;
  const engine = await superviseEngine({
    statementMs: 60_000,
    retryDelayMs: () => 20,
    async open(onNotify) {
      count += 1;
      prepareStore(directory);
      const pglite = await openEngine(directory, (reason) => session.kill(new Error(reason)));
      const session = sessionOf(pglite, onNotify);
      return session;
    },
  });
  onTestFinished(async () => {
    await engine.close();
    lock.release();
  });
  return { engine, openings: () => count };
}

function breakFs(code: string, names: ('openSync' | 'accessSync' | 'fdatasyncSync')[]): () => void {
  const original = { ...fs };
  const fail = () => {
    throw Object.assign(new Error(`${code}: as the test has it`), { code });
  };
  for (const name of names) Object.assign(fs, { [name]: fail });
  const mend = () => {
    for (const name of names) Object.assign(fs, { [name]: original[name] });
  };
  onTestFinished(mend);
  return mend;
}
