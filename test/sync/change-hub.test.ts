import { pino } from 'pino';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Cursor } from '../../src/core/sync/cursor.ts';
import { type ChangeHub, createChangeHub, HEARTBEAT_MS, type LogFollower } from '../../src/sync/change-hub.ts';
import { type FakeClock, fakeClock } from '../support/fake-clock.ts';

let clock: FakeClock;
let hub: ChangeHub;
let asked: string[][];
let answer: () => Promise<Map<string, Cursor>>;
let told: string[];

beforeEach(() => {
  clock = fakeClock();
  asked = [];
  told = [];
  answer = async () => new Map();
  hub = createChangeHub({
    clock,
    log: pino({ level: 'silent' }),
    readHeads: (userIds) => {
      asked.push(userIds);
      return answer();
    },
  });
});

const follower = (name: string): LogFollower => ({
  look: () => void told.push(`${name} looks`),
  check: ({ position }) => void told.push(`${name} checks ${position}`),
  beat: () => void told.push(`${name} beats`),
  end: () => void told.push(`${name} ends`),
});
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('wake', () => {
  test('tells the followers of those users, and nobody else', () => {
    hub.follow('a', follower('a1'));
    hub.follow('a', follower('a2'));
    hub.follow('b', follower('b'));
    hub.wake(['a', 'nobody']);
    expect(told).toEqual(['a1 looks', 'a2 looks']);
  });

  test('tells nobody who has gone, and forgets each follower once', () => {
    const goOne = hub.follow('a', follower('a1'));
    const goTwo = hub.follow('a', follower('a2'));
    expect(hub.followers()).toBe(2);
    goOne();
    goOne();
    expect(hub.followers()).toBe(1);
    hub.wake(['a']);
    goTwo();
    hub.wake(['a']);
    expect(told).toEqual(['a2 looks']);
    expect(hub.followers()).toBe(0);
  });

  test('begins a new generation, which no earlier one is equal to, not even after a pause', () => {
    const generations = new Set<number>();
    for (let i = 0; i < 3; i++) {
      const go = hub.follow('a', follower('a'));
      generations.add(hub.generation('a'));
      expect(hub.generation('a')).toBe(hub.generation('a'));
      hub.wake(['b']);
      generations.add(hub.generation('a'));
      hub.wake(['a']);
      generations.add(hub.generation('a'));
      go();
    }
    expect(generations.size).toBe(6);
  });
});

describe('where followers read from a replica', () => {
  beforeEach(() => {
    hub = createChangeHub({
      ...{ clock, log: pino({ level: 'silent' }), readsLag: true },
      async readHeads(userIds) {
        asked.push(userIds);
        return new Map([...(await answer())].filter(([userId]) => userIds.includes(userId)));
      },
    });
    answer = async () => new Map([['a', { epoch: 'e', position: 7 }]]);
  });

  test('whoever begins, and whoever is woken, is told where the log ends', async () => {
    hub.follow('a', follower('a'));
    hub.follow('b', follower('b'));
    await settled();
    expect(asked.splice(0)).toEqual([['a'], ['b']]);
    expect(told.splice(0)).toEqual(['a checks 7']);
    hub.wake(['a', 'nobody']);
    hub.wake(['a']);
    hub.wake(['a']);
    await settled();
    expect(asked).toEqual([['a'], ['a']]);
    expect(told).toEqual(['a checks 7', 'a checks 7']);
  });

  test('a question that fails is asked again with the heartbeat, for everyone', async () => {
    hub.follow('a', follower('a'));
    await settled();
    told = [];
    answer = async () => {
      throw new Error('away');
    };
    hub.wake(['a']);
    await settled();
    expect(told).toEqual([]);
    answer = async () => new Map([['a', { epoch: 'e', position: 8 }]]);
    clock.advance(HEARTBEAT_MS);
    await settled();
    expect(told).toEqual(['a beats', 'a checks 8']);
  });
});

describe('a heartbeat', () => {
  test('comes every 15 s while somebody follows, to all of them, with one question for all users', async () => {
    answer = async () => new Map([['a', { epoch: 'e', position: 7 }]]);
    hub.follow('a', follower('a1'));
    hub.follow('a', follower('a2'));
    const go = hub.follow('b', follower('b'));
    clock.advance(HEARTBEAT_MS - 1);
    expect(told).toEqual([]);
    clock.advance(1);
    expect(told.splice(0)).toEqual(['a1 beats', 'a2 beats', 'b beats']);
    await settled();
    expect(asked).toEqual([['a', 'b']]);
    expect(told.splice(0)).toEqual(['a1 checks 7', 'a2 checks 7']);
    go();
    clock.advance(HEARTBEAT_MS);
    expect(told).toEqual(['a1 beats', 'a2 beats']);
  });

  test('asks nothing when nobody follows, and beats again when somebody does', async () => {
    hub.follow('a', follower('a'))();
    clock.advance(10 * HEARTBEAT_MS);
    await hub.checkHeads();
    expect(asked).toEqual([]);
    hub.follow('a', follower('a'));
    clock.advance(HEARTBEAT_MS);
    expect(told).toEqual(['a beats']);
  });

  test('goes on when the database hangs or fails', async () => {
    let fail: (error: Error) => void = () => {};
    const hanging = new Promise<never>((_, reject) => {
      fail = reject;
    });
    answer = () => hanging;
    hub.follow('a', follower('a'));
    clock.advance(HEARTBEAT_MS);
    clock.advance(HEARTBEAT_MS);
    clock.advance(HEARTBEAT_MS);
    expect(told).toEqual(['a beats', 'a beats', 'a beats']);
    expect(asked).toHaveLength(1);
    answer = async () => new Map([['a', { epoch: 'e', position: 1 }]]);
    fail(new Error('away'));
    await settled();
    // One look for all that asked during the first.
    expect(asked).toHaveLength(2);
    expect(told.at(-1)).toBe('a checks 1');
  });
});

test('a close ends every follower, and whoever comes later', () => {
  hub.follow('a', follower('a'));
  hub.follow('b', follower('b'));
  hub.close();
  hub.follow('c', follower('c'));
  expect(told).toEqual(['a ends', 'b ends', 'c ends']);
});
