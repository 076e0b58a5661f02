import type { BenchRun } from '../harness/bench.ts';
import type { Comparison } from '../harness/compare.ts';
import { checkClock } from '../harness/monotonic.ts';
import { startWorker } from '../harness/worker.ts';
import type { BesideCalls } from './beside-process.ts';
import { floorReader, peerReader, type Reader, serviceReader } from './readers.ts';
import type { WakeFloorCalls } from './wake-floor.ts';
import type { WakePeersCalls } from './wake-peers.ts';
import type { WakeServiceCalls } from './wake-service.ts';
import { fillWorld, MISSION_ID, userId } from './wake-world.ts';
import type { WriterCalls } from './wake-writer.ts';

/**
 * Enough that one mission is not edited again and again within a minute: with 20 the dead versions of their rows, which
 * autovacuum takes away once a minute, cost a claim as much again.
 */
const USERS = 200;
/** Within a round the rows take turns with this many samples at a time: the weather changes faster than a round ends. */
const TURN = 10;
/** Samples at the head of each turn that do not count: the row has just taken over from another. */
const LEAD_IN = 2;
const WARM_UP = 150;
const PATIENCE_MS = 20_000;

/**
 * From the commit of a mission edit to whoever waits for it. In all rows the same process commits the same edits of the
 * same missions, and each edit is planned and recorded before the next, so only the reader differs; for a peer it commits a
 * job. Time runs from just before COMMIT is sent.
 */
export async function measureWake({ server, compare, sized, onProgress }: BenchRun): Promise<Comparison[]> {
  const { url } = await server();
  const start = (module: string) => new URL(module, import.meta.url);
  const writer = startWorker<WriterCalls>(start('./wake-writer.ts'), [url]);
  const floor = startWorker<WakeFloorCalls>(start('./wake-floor.ts'), [url]);
  const service = startWorker<WakeServiceCalls>(start('./wake-service.ts'), [url]);
  const beside = startWorker<BesideCalls>(start('./beside-process.ts'), [url]);
  const peers = startWorker<WakePeersCalls>(start('./wake-peers.ts'), [url]);
  const readers = {
    notify: floorReader(floor, 'notify'),
    claim: floorReader(floor, 'claim'),
    service: serviceReader(service),
    graphile: peerReader(peers, 'graphile-worker'),
    graphileReading: peerReader(peers, 'graphile-worker, reading'),
    boss: peerReader(peers, 'pg-boss'),
  };
  const users = sized(USERS, 5);
  let edits = 0;

  try {
    await Promise.all([checkClock(writer), checkClock(floor), checkClock(service), checkClock(peers)]);
    await peers.call('install');
    onProgress('filling the database');
    await fillWorld(url, users, () => service.call('settle'));
    onProgress('warming up');
    for (const reader of Object.values(readers)) {
      await samplesOf(reader, reader === readers.boss ? 1 : sized(WARM_UP, 1));
    }
    const comparisons: Comparison[] = [];
    for (const rate of sized([0, 50, 500], [0, 500])) {
      await beside.call('begin', rate);
      comparisons.push(await compareReaders(rate));
      await beside.call('end');
    }
    return comparisons;
  } finally {
    await Promise.all([writer.stop(), floor.stop(), service.stop(), peers.stop(), beside.stop()]);
  }

  function compareReaders(rate: number): Promise<Comparison> {
    const measure = (reader: Reader) => async () => (await samplesOf(reader, LEAD_IN + sized(TURN, 2))).slice(LEAD_IN);
    return compare({
      title: rate === 0 ? 'nothing else is going on' : `${rate} other commits/s beside it`,
      unit: 'ms',
      turns: sized(5, 1),
      floor: { name: 'NOTIFY received, and one durable claim', measure: measure(readers.claim) },
      others: [
        { name: 'bare NOTIFY received', kind: 'part', measure: measure(readers.notify) },
        {
          name: 'planner called: claimed, mission, iterations and inputs read',
          aims: [
            { to: 'floor', atMost: 1.25 },
            { to: 'peer', atMost: 1 },
          ],
          measure: measure(readers.service),
        },
        { name: 'graphile-worker: task entered', kind: 'peer', measure: measure(readers.graphile) },
        {
          name: 'graphile-worker: task entered, and as much read',
          kind: 'peer',
          measure: measure(readers.graphileReading),
        },
        // It polls: other commits change nothing, and a sample takes it a quarter of a second.
        ...(rate === 0
          ? [
              {
                name: 'pg-boss, polling: task entered',
                kind: 'peer' as const,
                measure: () => samplesOf(readers.boss, 2),
              },
            ]
          : []),
      ],
    });
  }

  async function samplesOf(reader: Reader, count: number): Promise<number[]> {
    const samples: number[] = [];
    await reader.start();
    for (let sample = 0; sample < count; sample++) {
      const title = `A week by the sea, version ${++edits}`;
      const reached = reader.next(title);
      const mission = { userId: userId(Math.floor(Math.random() * users)), missionId: MISSION_ID };
      if (reader.peer) await writer.call('addJobSoon', { peer: reader.peer, ...mission });
      else {
        const user = userId(Math.floor(Math.random() * users));
        await writer.call('editSoon', { userId: user, missionId: MISSION_ID, title });
      }
      const at = await patiently(reached);
      samples.push((at - (await writer.call('committedAt'))) / 1000);
      await service.call('settle');
    }
    await reader.stop();
    return samples;
  }
}

async function patiently<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`an edit reached nobody in ${PATIENCE_MS / 1000} s`)), PATIENCE_MS);
  });
  return Promise.race([promise, end]).finally(() => clearTimeout(timer));
}
