import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { createChangeAnnouncer } from '../../src/sync/announce-changes.ts';
import { fakeClock } from '../support/fake-clock.ts';

/** An announcer whose sends are held until they are let through. */
function setUp() {
  const clock = fakeClock();
  const sent: string[] = [];
  const woken: string[][] = [];
  let checks = 0;
  const results: ((error?: Error) => void)[] = [];
  const announcer = createChangeAnnouncer({
    hub: {
      wake: (userIds) => void woken.push([...userIds]),
      checkHeads: async () => {
        checks += 1;
      },
    },
    send: (payload) => {
      sent.push(payload);
      return new Promise((resolve, reject) => results.push((error) => (error ? reject(error) : resolve())));
    },
    clock,
    log: pino({ level: 'silent' }),
  });
  /** Lets what is being sent through, and what follows from it happen. */
  const settle = async (error?: Error) => {
    for (const finish of results.splice(0)) finish(error);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { announcer, clock, sent, woken, settle, checks: () => checks };
}

describe('announce', () => {
  test('wakes this process at once, and tells the others of all users of 5 ms together', async () => {
    const { announcer, clock, sent, woken } = setUp();
    announcer.announce('a');
    announcer.announce('b');
    announcer.announce('a');
    expect(woken).toEqual([['a'], ['b'], ['a']]);
    clock.advance(4);
    expect(sent).toEqual([]);
    clock.advance(1);
    expect(sent).toEqual(['["a","b"]']);
    clock.advance(1_000);
    expect(sent).toHaveLength(1);
  });

  test('sends one notification at a time: what comes meanwhile goes together in the next', async () => {
    const { announcer, clock, sent, settle } = setUp();
    announcer.announce('a');
    clock.advance(5);
    for (const user of ['b', 'c', 'b']) announcer.announce(user);
    clock.advance(1_000);
    expect(sent).toEqual(['["a"]']);
    await settle();
    clock.advance(5);
    expect(sent).toEqual(['["a"]', '["b","c"]']);
  });

  test('keeps payloads below what Postgres takes, whatever the ids are made of', async () => {
    const { announcer, clock, sent, settle } = setUp();
    const users = Array.from({ length: 300 }, (_, i) => `${i}-${'ß"\\\n漢😀'.repeat(i % 25)}`);
    for (const user of users) announcer.announce(user);
    clock.advance(5);
    for (let before = 0; before < sent.length; ) {
      before = sent.length;
      await settle();
    }
    expect(sent.length).toBeGreaterThan(3);
    for (const payload of sent) expect(Buffer.byteLength(payload)).toBeLessThanOrEqual(7_900);
    expect(sent.flatMap((payload) => JSON.parse(payload))).toEqual(users);
  });

  test('goes on when a notification could not be sent', async () => {
    const { announcer, clock, sent, woken, settle } = setUp();
    announcer.announce('a');
    clock.advance(5);
    await settle(new Error('no connection'));
    announcer.announce('a');
    clock.advance(5);
    expect(sent).toEqual(['["a"]', '["a"]']);
    // The one that was lost has no echo: the first to come is that of the second, the next is somebody else's.
    announcer.hear('["a"]');
    expect(woken).toHaveLength(2);
    announcer.hear('["a"]');
    expect(woken).toHaveLength(3);
  });

  test('a close sends what is left', async () => {
    const { announcer, sent, settle } = setUp();
    announcer.announce('a');
    const closed = announcer.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect(sent).toEqual(['["a"]']);
    await settle();
    await closed;
  });
});

describe('hear', () => {
  test('wakes who is named, and skips what this process has sent itself, once', () => {
    const { announcer, clock, woken } = setUp();
    announcer.announce('a');
    clock.advance(5);
    woken.length = 0;
    announcer.hear('["a"]');
    expect(woken).toEqual([]);
    announcer.hear('["a"]');
    announcer.hear('["b","c","b"]');
    expect(woken).toEqual([['a'], ['b', 'c']]);
  });

  test('a new connection hears nothing of before, and has every log looked at', () => {
    const { announcer, clock, woken, checks } = setUp();
    announcer.announce('a');
    clock.advance(5);
    woken.length = 0;
    announcer.listening();
    expect(checks()).toBe(1);
    announcer.hear('["a"]');
    expect(woken).toEqual([['a']]);
  });

  test.each(['', 'x', '{"a":1}', '"a"', '12', 'null', '[1,null,["a"],{"b":2}]', '['.repeat(5_000)])(
    '%s wakes nobody',
    (payload) => {
      const { announcer, woken } = setUp();
      announcer.hear(payload);
      expect(woken.flat()).toEqual([]);
    },
  );
});
