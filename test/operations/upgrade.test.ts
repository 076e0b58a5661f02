// A newer build comes up beside processes of before, while people write: nothing is lost, and nobody sees more than a 503.
import { afterEach, expect, test } from 'vitest';
import { runInTest } from '../cli/run-in-test.ts';
import type { PostgresServer } from '../support/postgres-server.ts';
import { killProcess, type ServiceProcess, startServiceProcess } from '../support/service-process.ts';
import { until } from '../support/until.ts';
import { ask, eventIds, hostsUrl, startMissionsServer } from './cluster.ts';
import { drilled } from './drilled.ts';
import { startPusher } from './pusher.ts';

let server: PostgresServer | undefined;
const services: ServiceProcess[] = [];
afterEach(async () => {
  await Promise.all(services.splice(0).map(({ child }) => killProcess(child)));
  await server?.stop();
});

function start(): ServiceProcess {
  const service = startServiceProcess({ DATABASE_URL: hostsUrl(server as PostgresServer) });
  services.push(service);
  return service;
}

test('two newer processes migrate at once beside an older one that is written to', async () => {
  server = await startMissionsServer();
  const url = await start().ready;
  const pushers = [1, 2, 3].map((n) => startPusher(url, `writer${n}`));
  const more = (count: number) => Promise.all(pushers.map((pusher) => pusher.more(count)));
  await more(20);

  // What the next release brings: a column, and each function, trigger, view and policy made anew; three times over.
  for (let round = 1; round <= 3; round++) {
    await addColumn(server, `of_round_${round}`);
    await ask(server, drilled(`comment on table sync_changes is null;`));
    const newer = [start(), start()];
    await Promise.all(newer.map(({ ready }) => ready));
    await more(10);
    await Promise.all(newer.map(({ child }) => killProcess(child)));
  }
  await Promise.all(pushers.map((pusher) => pusher.stop()));

  const refusals = pushers.flatMap((pusher) => pusher.refusals);
  expect(refusals.filter((refusal) => refusal !== '503 database_unavailable')).toEqual([]);
  const log = await eventIds(server);
  expect(new Set(log).size).toBe(log.length);
  expect(pushers.flatMap((pusher) => pusher.acknowledged).filter((id) => !log.includes(id))).toEqual([]);
  const mission = { id: 'after', title: 'T', objective: 'O', conceptMarkdown: '- [ ] Call the agent' };
  const created = await fetch(`${url}/api/missions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(mission),
  });
  expect(created.status).toBe(201);
  await until(async () => (await (await fetch(`${url}/api/proposals?status=pending`)).text()).includes('"after-1-0"'));
  expect(await runInTest(['verify'], { DATABASE_URL: hostsUrl(server) })).toMatchObject({ exitCode: 0 });
}, 180_000);

/** As a migration of a release would, and as often as it takes. */
async function addColumn(on: PostgresServer, name: string): Promise<void> {
  await until(() =>
    ask(on, `begin; set local lock_timeout = '2s'; alter table records add column ${name} int; commit`).then(
      () => true,
      (error: Error & { code?: string }) => {
        if (error.code === '55P03') return false;
        throw error;
      },
    ),
  );
}
