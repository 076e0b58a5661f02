// Who shares a connection, when it is given back, and what one failure does to the others.
import type pg from 'pg';
import { beforeEach, expect, test } from 'vitest';
import { createReadLanes, type ReadLanes } from '../../src/database/postgres/read-lanes.ts';

let connected: number;
let returned: [client: number, failure: unknown][];
let lanes: ReadLanes;

beforeEach(() => {
  connected = 0;
  returned = [];
  lanes = createReadLanes(
    2,
    async () => ++connected as unknown as pg.PoolClient,
    async (client, failure) => void returned.push([client as unknown as number, failure]),
  );
});

/** A read that is under way until the test ends it. */
function begin() {
  let end: (failure?: Error) => void = () => {};
  const ended = new Promise<void>((resolve, reject) => {
    end = (failure) => (failure ? reject(failure) : resolve());
  });
  const client = new Promise<number>((resolve) => {
    done = lanes.run(async (taken) => {
      resolve(taken as unknown as number);
      await ended;
    });
  });
  return { client, end, done };
}
let done: Promise<void>;

test('each has a connection of its own up to the limit, and those beyond share the one with the fewest', async () => {
  const reads = [begin(), begin(), begin(), begin(), begin()];
  expect(await Promise.all(reads.map(({ client }) => client))).toEqual([1, 2, 1, 2, 1]);
  for (const { end } of reads) end();
  await Promise.all(reads.map(({ done }) => done));
  expect(connected).toBe(2);
  expect(returned.sort()).toEqual([
    [1, undefined],
    [2, undefined],
  ]);
});

test('a connection is given back when the last of those who share it is done', async () => {
  const [first, , third] = [begin(), begin(), begin()];
  await third?.client;
  first?.end();
  await first?.done;
  expect(returned).toEqual([]);
  third?.end();
  await third?.done;
  expect(returned).toEqual([[1, undefined]]);
});

test('nobody new comes to a connection on which something failed', async () => {
  const [first, , third] = [begin(), begin(), begin()];
  await third?.client;
  first?.end(new Error('broken'));
  await expect(first?.done).rejects.toThrow('broken');
  const fourth = begin();
  expect(await fourth.client).toBe(3);
  third?.end();
  await third?.done;
  expect(returned).toEqual([[1, new Error('broken')]]);
});

test('whoever waits for a connection that does not come is told, and the next one tries again', async () => {
  let fails = true;
  lanes = createReadLanes(
    1,
    () => (fails ? Promise.reject(new Error('no connection')) : Promise.resolve(7 as unknown as pg.PoolClient)),
    async () => {},
  );
  const send = async (client: pg.PoolClient) => client as unknown as number;
  const both = await Promise.allSettled([lanes.run(send), lanes.run(send)]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  fails = false;
  expect(await lanes.run(send)).toBe(7);
});
