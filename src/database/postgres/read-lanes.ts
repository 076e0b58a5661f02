import type pg from 'pg';

/** Connections that many share at a time, since what each sends is complete in itself: a transaction, sent as a whole. */
export interface ReadLanes {
  /** `send` queues all of its queries before it first waits. */
  run<T>(send: (client: pg.PoolClient) => Promise<T>): Promise<T>;
}

interface Lane {
  client: Promise<pg.PoolClient>;
  sharing: number;
  failure: unknown;
}

/**
 * Takes connections of the pool while there is something to read, `limit` at the most. Whoever comes when all are taken
 * follows in the pipeline of the one with the fewest, instead of waiting for a free one: 1,000 users whose logs grow in
 * one instant are then 1,000 transactions in a few long pipelines. (Until the last stream had its change, that took
 * 349 ms; one by one through the pool 853, and on a machine that had more to do they gave up after 5 s: npm run bench -- fanout.)
 */
export function createReadLanes(
  limit: number,
  connect: () => Promise<pg.PoolClient>,
  giveBack: (client: pg.PoolClient, failure: unknown) => Promise<void>,
): ReadLanes {
  const lanes = new Set<Lane>();

  function choose(): Lane {
    const fewest = [...lanes].sort((a, b) => a.sharing - b.sharing)[0];
    if (fewest && (fewest.sharing === 0 || lanes.size >= limit)) return fewest;
    const lane: Lane = { client: connect(), sharing: 0, failure: undefined };
    lanes.add(lane);
    return lane;
  }

  return {
    async run(send) {
      const lane = choose();
      lane.sharing += 1;
      try {
        return await send(await lane.client);
      } catch (error) {
        // What failed may be the connection itself: nobody else is to come to it.
        lane.failure ??= error;
        lanes.delete(lane);
        throw error;
      } finally {
        lane.sharing -= 1;
        if (lane.sharing === 0) {
          lanes.delete(lane);
          await lane.client.then(
            (client) => giveBack(client, lane.failure),
            () => {},
          );
        }
      }
    },
  };
}
