import type { PullAnswer, PushAnswer } from '../../src/core/sync/wire.ts';
import type { BenchRun } from '../harness/bench.ts';
import type { BenchService } from '../harness/bench-service.ts';
import type { ComparisonOptions } from '../harness/compare.ts';
import { APP_ID, CLIENT_ID, taskChanges } from '../harness/task-changes.ts';

export interface EmbeddedDeps extends Pick<BenchRun, 'sized'> {
  postgres: BenchService;
  pglite: BenchService;
}

let users = 0;

/** The same requests of one client, one after the other, to the service on either engine. */
export function measureEmbedded({ postgres, pglite, sized }: EmbeddedDeps): ComparisonOptions[] {
  const onBoth = (title: string, measure: (service: BenchService) => Promise<number>): ComparisonOptions => ({
    title,
    unit: 'rows/s',
    floor: { name: 'the service on Postgres', measure: () => measure(postgres) },
    others: [{ name: 'the service on PGlite', measure: () => measure(pglite) }],
  });
  const pushed = async (service: BenchService, changes: number, batch: number) => {
    const client = await newClient(service);
    const bodies = Array.from({ length: changes / batch }, () => taskChanges(batch));
    return rate(changes, async () => {
      for (const body of bodies) await client.push(body);
    });
  };
  const held = sized(20_000, 50);
  const holders = new Map<BenchService, Promise<Client>>();
  const holder = async (service: BenchService) => {
    const client = await newClient(service);
    const batch = Math.min(1_000, held);
    for (let count = 0; count < held; count += batch) await client.push(taskChanges(batch));
    return client;
  };
  return [
    onBoth('one change at a time', (service) => pushed(service, sized(300, 5), 1)),
    onBoth('batches of 1,000', (service) => pushed(service, sized(10_000, 50), sized(1_000, 50))),
    onBoth(`${held.toLocaleString('en')} changes pulled from zero`, async (service) => {
      if (!holders.has(service)) holders.set(service, holder(service));
      const client = await (holders.get(service) as Promise<Client>);
      return rate(held, async () => {
        const count = await client.pullAll();
        if (count !== held) throw new Error(`${count} changes were pulled instead of ${held}`);
      });
    }),
  ];
}

interface Client {
  push(changes: object[]): Promise<void>;
  /** From zero; answers with how many changes came. */
  pullAll(): Promise<number>;
}

async function newClient(service: BenchService): Promise<Client> {
  const headers = {
    'Content-Type': 'application/json',
    Authorization: await service.authorization(`embedded-${++users}`),
  };
  const send = async (path: string, init: RequestInit): Promise<string> => {
    const response = await fetch(`${service.url}/sync/${APP_ID}${path}`, { ...init, headers });
    if (!response.ok) throw new Error(await response.text());
    return response.text();
  };
  let since = '0';
  return {
    async push(changes) {
      const body = JSON.stringify({ clientId: CLIENT_ID, since, changes });
      since = (JSON.parse(await send('', { method: 'POST', body })) as PushAnswer).syncedUntil;
    },
    async pullAll() {
      let count = 0;
      for (let from = '0', hasMore = true; hasMore; ) {
        const page = JSON.parse(await send(`/pull?since=${from}&limit=5000`, { method: 'GET' })) as PullAnswer;
        count += page.serverChanges.length;
        ({ syncedUntil: from, hasMore } = page);
      }
      return count;
    },
  };
}

async function rate(changes: number, work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return (changes / (performance.now() - begun)) * 1000;
}
