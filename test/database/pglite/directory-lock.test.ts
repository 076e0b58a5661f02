import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { lockDirectory, StoreLockedError } from '../../../src/database/pglite/directory-lock.ts';
import { thisProcess } from '../../../src/database/pglite/lock-holder.ts';
import { endChildren, startChild } from './child.ts';

let root: string;
let directory: string;

beforeEach(() => {
  root = fs.mkdtempSync(join(tmpdir(), 'store-lock-'));
  directory = join(root, 'data');
});

afterEach(() => {
  vi.useRealTimers();
  endChildren();
  fs.rmSync(root, { recursive: true, force: true });
});

test('a second opener is refused, with the process that holds the directory and what to do', () => {
  const lock = lockDirectory(directory);
  const second = refusal();
  expect(second.pid).toBe(process.pid);
  expect(second.message).toContain(`${directory} is in use by process ${process.pid} since `);
  expect(second.message).toContain('stop it or set DATA_DIR to another directory');
  lock.release();
  expect(fs.readdirSync(root)).toEqual([]);
  lockDirectory(directory).release();
});

test('a release that comes twice does not free the lock of the next holder', () => {
  const first = lockDirectory(directory);
  first.release();
  const second = lockDirectory(directory);
  first.release();
  expect(refusal().pid).toBe(process.pid);
  second.release();
});

test('a process that exits frees the lock; one that is killed leaves it, and the next takes it over', async () => {
  const exiting = startChild('hold', directory);
  await exiting.line();
  expect(refusal().pid).toBe(exiting.pid);
  exiting.say('exit');
  await exiting.exited;
  expect(fs.readdirSync(root)).toEqual([]);

  const killed = startChild('hold', directory);
  await killed.line();
  await killed.kill();
  expect(fs.readdirSync(root)).toEqual(['data.lock']);
  const lock = lockDirectory(directory);
  expect(refusal().pid).toBe(process.pid);
  lock.release();
  expect(fs.readdirSync(root)).toEqual([]);
});

test('a process that is killed while it takes over a dead lock does not block the next', async () => {
  plant({ pid: deadPid() });
  for (const next of [startChild('die-taking', directory), startChild('die-taking', directory)]) {
    expect(await next.rest()).toEqual([]);
  }
  lockDirectory(directory).release();
  expect(fs.readdirSync(root).filter((name) => !name.includes('.new-'))).toEqual([]);
});

test('a pid that now belongs to another process does not hold the lock', () => {
  plant({ startTime: '1' });
  lockDirectory(directory).release();
});

test('a lock of another machine counts for as long as it is touched', () => {
  plant({ machine: 'elsewhere', host: 'box-2', pid: 7 }, 20);
  const refused = refusal();
  expect(refused.pid).toBe(7);
  expect(refused.message).toContain('in use by process 7 on host box-2 since ');
  expect(refused.message).toContain('lapses after 30 s');
  plant({ machine: 'elsewhere', host: 'box-2', pid: 7 }, 31);
  lockDirectory(directory).release();
});

test('a lock that cannot be read counts while it is fresh, and is replaced when it is old', () => {
  for (const text of ['', '{', '{"pid":-1}', 'null']) {
    plantText(text, 5);
    expect(refusal().pid).toBeNull();
    plantText(text, 31);
    lockDirectory(directory).release();
  }
});

test('the holder touches its lock, and learns that it lost it', () => {
  vi.useFakeTimers();
  const lock = lockDirectory(directory);
  const lost = vi.fn();
  lock.onLost(lost);
  age(30);
  vi.advanceTimersByTime(5_000);
  expect(Date.now() - fs.statSync(`${directory}.lock`).mtimeMs).toBeLessThan(20_000);
  expect(refusal().pid).toBe(process.pid);
  expect(lost).not.toHaveBeenCalled();

  const replacement = join(root, 'replacement');
  fs.writeFileSync(replacement, JSON.stringify({ ...thisProcess(), pid: deadPid() }));
  fs.renameSync(replacement, `${directory}.lock`);
  vi.advanceTimersByTime(10_000);
  expect(lost).toHaveBeenCalledOnce();
  lock.release();
  expect(fs.existsSync(`${directory}.lock`)).toBe(true);
});

test('eight processes at once, on fresh, dead and twice dead locks: each directory has exactly one holder', async () => {
  const directories = Array.from({ length: 60 }, (_, i) => join(root, `data-${i}`));
  for (const [i, each] of directories.entries()) {
    if (i % 3 === 0) continue;
    const dead = { ...thisProcess(), pid: deadPid() };
    fs.writeFileSync(`${each}.lock`, JSON.stringify(dead));
    const deadTaker = { ...thisProcess(), pid: deadPid() };
    if (i % 3 === 2) fs.writeFileSync(`${each}.lock.${dead.token}`, JSON.stringify(deadTaker));
  }
  const children = Array.from({ length: 8 }, () => startChild('race', ...directories));
  for (const child of children) expect(await child.line()).toBe('ready');
  for (const child of children) child.say('go');
  const won: string[] = [];
  for (const child of children) {
    for (let line = await child.line(); line !== 'done' && line !== null; line = await child.line()) won.push(line);
  }
  expect(won.sort()).toEqual([...directories].sort());
  for (const child of children) child.say('go');
  await Promise.all(children.map((child) => child.exited));
}, 180_000);

test('a lock that is taken, freed and left by killed holders again and again never has two holders', async () => {
  const children = Array.from({ length: 8 }, (_, i) =>
    startChild('churn', directory, '150', i < 5 ? `${20 * i + 9}` : '0'),
  );
  for (const child of children) expect(await child.line()).toBe('ready');
  for (const child of children) child.say('go');
  const said = await Promise.all(children.map((child) => child.rest()));
  expect(said).toEqual([[], [], [], [], [], ['done'], ['done'], ['done']]);
}, 180_000);

function refusal(): StoreLockedError {
  try {
    lockDirectory(directory).release();
  } catch (error) {
    if (error instanceof StoreLockedError) return error;
    throw error;
  }
  throw new Error('the lock was free');
}

function plant(holder: Partial<ReturnType<typeof thisProcess>>, secondsOld = 0): void {
  plantText(JSON.stringify({ ...thisProcess(), ...holder }), secondsOld);
}

function plantText(text: string, secondsOld: number): void {
  fs.writeFileSync(`${directory}.lock`, text);
  age(secondsOld);
}

function age(seconds: number): void {
  const then = Date.now() / 1000 - seconds;
  fs.utimesSync(`${directory}.lock`, then, then);
}

/** Above the largest pid that Linux gives. */
function deadPid(): number {
  return 4_194_305;
}
