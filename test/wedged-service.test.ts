import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../src/config.ts';
import { openStore } from '../src/database/pglite/open-store.ts';
import { storeDirectory } from '../src/database/pglite/store-directory.ts';
import { startService } from '../src/service.ts';
import { ENDLESS, wedge } from './database/pglite/wedge.ts';
import { until } from './support/until.ts';

test('a service whose engine is wedged answers, says that it is not ready, and loses nothing', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'pg-missions-wedged-'));
  const read = readConfig({ DATA_DIR: dataDir, PORT: '0' });
  if (!read.ok) throw new Error(read.problems.join('; '));
  const logged: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void logged.push(line) });
  const directory = storeDirectory(dataDir);
  const store = await openStore(directory, { log, retryDelayMs: () => 20 });
  const service = await startService(read.config, log, Promise.resolve(store));
  onTestFinished(async () => {
    await service.stop();
    await rm(dataDir, { recursive: true, force: true });
  });
  const get = (path: string) => fetch(`${service.url}${path}`);
  const push = async (eventId: string) => {
    const change = { eventId, table: 'tasks', id: eventId, op: 'insert', data: { title: 'Buy milk' } };
    const response = await fetch(`${service.url}/sync/todo`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ clientId: 'phone', since: '0', changes: [change] }),
    });
    return { status: response.status, body: await response.json(), retryAfter: response.headers.get('Retry-After') };
  };

  expect(await push('before')).toMatchObject({ status: 200 });
  expect((await get('/readyz')).status).toBe(200);

  // Out of the way for as long as the test looks at a service without its database; the engine opens it only to begin with.
  await rename(directory, `${directory}-away`);
  const wedged = wedge(store.engine, `${ENDLESS['a loop']} -- Buy bread`).catch((error) => error);
  const during = push('during');
  expect((await get('/livez')).status).toBe(200);
  expect(await wedged).toMatchObject({ code: '57014' });
  expect(await during).toMatchObject({ status: 503, body: { code: 'database_unavailable' }, retryAfter: '2' });
  expect((await get('/readyz')).status).toBe(503);
  expect(await push('during')).toMatchObject({ status: 503, body: { code: 'database_unavailable' } });
  expect(await (await get('/metrics')).text()).toContain('pg_missions_engine_restarts_total 1');

  await rename(`${directory}-away`, directory);
  await until(async () => (await get('/readyz')).status === 200);
  expect(await push('during')).toMatchObject({ status: 200 });
  expect(await push('during')).toMatchObject({ status: 200 });
  const pulled = (await (await get('/sync/todo/pull?collection=tasks')).json()) as { serverChanges: { id: string }[] };
  expect(pulled.serverChanges.map(({ id }) => id)).toEqual(['before', 'during']);
  expect(logged.join()).toContain('the embedded database was lost');
  expect(logged.join()).not.toMatch(/Buy|loop/);
}, 120_000);
