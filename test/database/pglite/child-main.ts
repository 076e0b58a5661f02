// The other process of the store tests. Says what it did on standard output; waits for a line on standard input.
import fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { lockDirectory, StoreLockedError } from '../../../src/database/pglite/directory-lock.ts';
import type { Statement } from '../../../src/database/pglite/engine-session.ts';
import { openStore } from '../../../src/database/pglite/open-store.ts';
import { openLocalStore } from './store-in-this-thread.ts';

process.setMaxListeners(0); // One for each lock that is held.
const [command, ...args] = process.argv.slice(2);
const input = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const said = async () => (await input.next()).value;
const say = (text: string) => fs.writeSync(1, `${text}\n`);
const die = () => process.kill(process.pid, 'SIGKILL');

const commands: Record<string, () => Promise<void>> = {
  /** open <dir>: opens the store and keeps it until told to go. */
  async open() {
    try {
      const store = await openStore(args[0]!);
      say('opened');
      await said();
      await store.close();
      say('closed');
    } catch (error) {
      say(String(error));
    }
  },

  /** write <dir> <from>: inserts ids for ever, each said once it is acknowledged. */
  async write() {
    const { engine } = await openStore(args[0]!);
    const perform = (batch: Statement[]) => engine.alone((send) => send(batch));
    await perform([{ text: 'create table if not exists written (id integer primary key, filler text)' }]);
    for (let id = Number(args[1]); ; id++) {
      const insert = { text: 'insert into written values ($1::integer, repeat(md5($1::text), 20))', values: [id] };
      await perform(id % 2 === 0 ? [insert] : [{ text: 'begin' }, insert, { text: 'commit' }]);
      say(String(id));
    }
  },

  /** wedge <dir> <text>: writes a row, gives the engine a statement that never ends, and answers meanwhile. */
  async wedge() {
    const { engine } = await openStore(args[0]!);
    await engine.alone((send) => send([{ text: 'create table notes as select 1 as id' }]));
    void engine.alone((send) => {
      const wedged = send([{ text: args[1]! }]);
      say('wedged');
      return wedged;
    });
    for (;;) if (await said()) say('here');
  },

  /** die-opening <dir> <call> <n>: killed in the n-th call of that function of node:fs. */
  async 'die-opening'() {
    dieIn(args[1] as 'fsyncSync', Number(args[2]));
    // In this thread, whose calls these are.
    await openLocalStore(args[0]!);
    say('survived');
  },

  /** die-taking <dir>: killed when it has the right to a dead holder's lock and not yet the lock. */
  async 'die-taking'() {
    dieIn('renameSync', 1);
    lockDirectory(args[0]!);
    say('survived');
  },

  /** hold <dir>: takes the lock and waits, or exits when told to. */
  async hold() {
    lockDirectory(args[0]!);
    say('held');
    if ((await said()) === 'exit') process.exit(0);
  },

  /** race <dir>...: tries each directory in turn, says which it got, and holds them until told. */
  async race() {
    say('ready');
    await said();
    for (const directory of args) if (tryLock(directory)) say(directory);
    say('done');
    await said();
  },

  /** churn <dir> <times> <die at>: takes and frees the lock again and again, and says when it was not alone. */
  async churn() {
    say('ready');
    await said();
    const [directory, times, dieAt] = [args[0]!, Number(args[1]), Number(args[2])];
    for (let taken = 0; taken < times; ) {
      const lock = tryLock(directory);
      if (!lock) continue;
      taken++;
      const inside = join(dirname(directory), `inside-${process.pid}`);
      fs.writeFileSync(inside, '');
      for (const pid of othersInside(dirname(directory))) say(`not alone: ${pid}`);
      if (taken === dieAt) die();
      fs.unlinkSync(inside);
      lock.release();
    }
    say('done');
  },
};

function dieIn(call: 'fsyncSync' | 'renameSync' | 'fdatasyncSync', n: number): void {
  const original = fs[call] as (...args: unknown[]) => void;
  let calls = 0;
  Object.assign(fs, {
    [call]: (...args: unknown[]) => {
      if (++calls === n) die();
      return original(...args);
    },
  });
}

function tryLock(directory: string) {
  try {
    return lockDirectory(directory);
  } catch (error) {
    if (error instanceof StoreLockedError) return null;
    throw error;
  }
}

function othersInside(directory: string): number[] {
  const pids = fs.readdirSync(directory).flatMap((name) => /^inside-(\d+)$/.exec(basename(name))?.[1] ?? []);
  return pids.map(Number).filter((pid) => pid !== process.pid && isRunning(pid));
}

function isRunning(pid: number): boolean {
  try {
    return !/\) [ZX]/.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

await commands[command!]!();
process.exit(0);
