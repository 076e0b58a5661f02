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
  peerUrl: string;
  /** A process for each group of streams: together they would have more files open than a process may. */
  startReaders(): Worker<ReaderCalls>;
  /** How many. */
  streams: number;
  /** How many users have a stream each, and a change each; none: this is not measured. */
  users: number;
}

/** In each round. */
const DELIVERIES = 3;
const ONE = 'follower';
let marks = 0;

/** One change to many open streams: from its sending to the last stream that has it. */
export async function measureStreams(deps: StreamDeps): Promise<ComparisonOptions & { bytesPerStream: number }> {
  const { service, floorUrl, peerUrl, startReaders, databaseUrl, streams, users } = deps;
  const many = Array.from({ length: users }, (_, index) => `follower-${index}`);
  const authorization = await service.authorization(ONE);
  const streamOf = async (userId: string): Promise<StreamRequest> => ({
    url: `${service.url}/sync/${APP_ID}/stream`,
    authorization: await service.authorization(userId),
  });
  const open = async (requests: StreamRequest[]) => {
    const readers = startReaders();
    await readers.call('open', { streams: requests });
    return readers;
  };
  const times = <T>(request: T) => Array.from({ length: streams }, () => request);

  const ofOne = await streamOf(ONE);
  await (await open([ofOne])).stop();
  const empty = await service.memory();
  const one = await open(times(ofOne));
  const { event } = await push();
  const bytesPerStream = Math.round(((await service.memory()) - empty) / streams);
  const ofMany = await open(await Promise.all(many.map(streamOf)));
  const floor = await open(times({ url: floorUrl }));
  const peer = await open(times({ url: peerUrl }));
  return {
    title: `one change to ${streams.toLocaleString('en')} open streams, until the last has it`,
    unit: 'ms',
    floor: { name: 'bare node:http, the same bytes', measure: () => often(() => write(floor, floorUrl)) },
    others: [
      { name: 'better-sse on node:http', kind: 'peer', measure: () => often(() => write(peer, peerUrl)) },
      {
        name: 'pushed to the service, all streams of one user',
        aims: [{ to: 'floor', atMost: 1.3 }],
        measure: () => often(push),
      },
      ...(users === 0
        ? []
        : [{ name: 'committed past it, one for each of as many users', measure: () => often(commit) }]),
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
    return one.call('deliver', { mark: (change as { id: string }).id, sending });
  }

  function commit() {
    const recordId = newMark();
    const sending = { kind: 'commit', databaseUrl, userIds: many, recordId } as const;
    return ofMany.call('deliver', { mark: recordId, sending });
  }

  function write(readers: Worker<ReaderCalls>, url: string) {
    const mark = newMark();
    const body = event.replace(/"id":"[^"]+"/, `"id":"${mark}"`);
    return readers.call('deliver', { mark, sending: { kind: 'request', url, body, contentType: 'text/event-stream' } });
  }
}

function newMark(): string {
  marks += 1;
  return `mark-${String(marks).padStart(31, '0')}`;
}
