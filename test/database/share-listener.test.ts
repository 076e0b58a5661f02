import { expect, test } from 'vitest';
import type { Database, ListenHandlers } from '../../src/database/database.ts';
import { shareListener } from '../../src/database/share-listener.ts';

function setUp() {
  const opened: { channels: string[]; handlers: ListenHandlers; closed: boolean; connected: boolean }[] = [];
  const db = shareListener(
    {
      listen: async (channels: string[], handlers: ListenHandlers) => {
        const connection = { channels, handlers, closed: false, connected: false };
        opened.push(connection);
        return {
          connected: () => connection.connected,
          close: async () => {
            connection.closed = true;
          },
        };
      },
    } as unknown as Database,
    ['x', 'y'],
  );
  const told: string[] = [];
  const handlers = (name: string): ListenHandlers => ({
    onNotify: (channel, payload) => void told.push(`${name} ${channel} ${payload}`),
    onConnected: () => void told.push(`${name} connected`),
    onError: ({ message }) => void told.push(`${name} ${message}`),
  });
  return { db, opened, told, handlers };
}

test('all listen on one connection, each to its channels, until the last has gone', async () => {
  const { db, opened, told, handlers } = setUp();
  const [a, b] = await Promise.all([db.listen(['x'], handlers('a')), db.listen(['y', 'x'], handlers('b'))]);
  expect(opened).toMatchObject([{ channels: ['x', 'y'] }]);
  const connection = opened[0]!;
  expect([a.connected(), b.connected()]).toEqual([false, false]);
  connection.connected = true;
  connection.handlers.onConnected();
  connection.handlers.onNotify('x', '1');
  connection.handlers.onNotify('y', '2');
  connection.handlers.onError(new Error('lost'));
  expect(told.splice(0)).toEqual(['a connected', 'b connected', 'a x 1', 'b x 1', 'b y 2', 'a lost', 'b lost']);
  // Whoever comes when the connection stands already has to look as well.
  const c = await db.listen(['x'], handlers('c'));
  expect(told.splice(0)).toEqual(['c connected']);
  await a.close();
  await a.close();
  expect(a.connected()).toBe(false);
  expect(c.connected()).toBe(true);
  connection.handlers.onNotify('x', '3');
  expect(told.splice(0)).toEqual(['b x 3', 'c x 3']);
  await b.close();
  expect(connection.closed).toBe(false);
  await c.close();
  expect(connection.closed).toBe(true);
  await db.listen(['y'], handlers('d'));
  expect(opened).toHaveLength(2);
});

test('one that fails takes no other with it', async () => {
  const { db, opened, told, handlers } = setUp();
  const failing = {
    ...handlers('a'),
    onNotify: () => {
      throw new Error('failed');
    },
  };
  await db.listen(['x'], failing);
  await db.listen(['x'], handlers('b'));
  opened[0]!.handlers.onNotify('x', '1');
  expect(told).toEqual(['a failed', 'b x 1']);
});

test('a channel that is not shared is a mistake', async () => {
  const { db, opened, handlers } = setUp();
  await expect(db.listen(['z'], handlers('a'))).rejects.toThrow(/z/);
  expect(opened).toEqual([]);
});
