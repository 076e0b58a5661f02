import type { BenchService } from '../harness/bench-service.ts';
import type { ComparisonOptions } from '../harness/compare.ts';
import { APP_ID, CLIENT_ID, taskChanges } from '../harness/task-changes.ts';
import type { Worker } from '../harness/worker.ts';
import type { ReaderCalls, StreamRequest } from './reader-process.ts';

export interface StreamDeps {
  databaseUrl: string;
  service: BenchService;
  /** Of the bare server. */
  floorUrl: string;
  readers: Worker<ReaderCalls>;
  /** How many. */
  streams: number;
}

/** In each round. */
const DELIVERIES = 3;
const ONE = 'follower';
let marks = 0;

/** One change to many open streams: from its sending to the last stream that has it. */
export async function measureStreams(deps: StreamDeps): Promise<ComparisonOptions & { bytesPerStream: number }> {
  const { service, floorUrl, readers, databaseUrl, streams } = deps;
  const many = Array.from({ length: streams }, (_, index) => `follower-${index}`);
  const authorization = await service.authorization(ONE);
  const streamOf = async (userId: string): Promise<StreamRequest> => ({
    url: `${service.url}/sync/${APP_ID}/stream`,
    authorization: await service.authorization(userId),
  });

  const empty = await service.memory();
  const ofOne = await streamOf(ONE);
  await readers.call('open', { group: 'one user', streams: Array.from({ length: streams }, () => ofOne) });
  const { event } = await push();
  const bytesPerStream = Math.round(((await service.memory()) - empty) / streams);
  await readers.call('open', { group: 'many users', streams: await Promise.all(many.map(streamOf)) });
  await readers.call('open', { group: 'floor', streams: Array.from({ length: streams }, () => ({ url: floorUrl })) });
  return {
    title: `one change to ${streams.toLocaleString('en')} open streams, until the last has it`,
    unit: 'ms',
    floor: { name: 'bare node:http, the same bytes', measure: () => often(writeBare) },
    others: [
      {
        name: 'pushed to the service, all streams of one user',
        aims: [{ to: 'floor', atMost: 1.3 }],
        measure: () => often(push),
      },
      { name: 'committed past it, one for each of as many users', measure: () => often(commit) },
    ],
    bytesPerStream,
  };

  async function often(deliver: () => Promise<{ milliseconds: number }>): Promise<number[]> {
    const times: number[] = [];
    while (times.length < DELIVERIES) times.push((await deliver()).milliseconds);
    return times;
  }

  function push() {
    const [change] = taskChanges(1);
    const body = JSON.stringify({ clientId: CLIENT_ID, changes: [change] });
    const url = `${service.url}/sync/${APP_ID}`;
    const sending = { kind: 'request', url, authorization, body, contentType: 'application/json' } as const;
    return readers.call('deliver', { group: 'one user', mark: (change as { id: string }).id, sending });
  }

  function commit() {
    const recordId = newMark();
    const sending = { kind: 'commit', databaseUrl, userIds: many, recordId } as const;
    return readers.call('deliver', { group: 'many users', mark: recordId, sending });
  }

  function writeBare() {
    const mark = newMark();
    const body = event.replace(/"id":"[^"]+"/, `"id":"${mark}"`);
    const sending = { kind: 'request', url: floorUrl, body, contentType: 'text/event-stream' } as const;
    return readers.call('deliver', { group: 'floor', mark, sending });
  }
}

function newMark(): string {
  marks += 1;
  return `mark-${String(marks).padStart(31, '0')}`;
}
