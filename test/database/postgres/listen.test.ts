import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { type ListenPostgresOptions, retryDelay } from '../../../src/database/postgres/listen.ts';
import { createDatabase, type TestDatabase } from '../../support/create-database.ts';
import { startPostgresServer } from '../../support/postgres-server.ts';
import { startStandby } from '../../support/start-standby.ts';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import { type RecordedListener, recordListener } from './record-listener.ts';

let database: TestDatabase;
let admin: pg.Client;
let proxy: TcpProxy;
const endings: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  database = await createDatabase(inject('postgresUrl'));
  admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  proxy = await startTcpProxy(Number(new URL(database.url).port));
});

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
  await proxy.resume();
});

afterAll(async () => {
  await proxy.close();
  await admin.end();
  await database.drop();
});

describe('listenPostgres', () => {
  it('delivers notifications of its channels, whatever their payload', async () => {
    const listener = await listen();
    await listener.next('connected');
    expect(listener.connected()).toBe(true);
    for (const payload of ['', 'not json', '{"half":', `quo'te "and" \\`, 'é'.repeat(3_999)]) {
      await notify('wants', payload);
      expect(await listener.next('notify')).toEqual({ kind: 'notify', channel: 'wants', payload });
    }
    await notify('elsewhere', 'unheard');
    await notify('Mixed Case', 'heard');
    expect(await listener.next('notify')).toEqual({ kind: 'notify', channel: 'Mixed Case', payload: 'heard' });
    expect(listener.heard).toEqual([]);
  });

  it('is named, and never inside a transaction', async () => {
    const listener = await listen();
    await listener.next('connected');
    const { rows } = await admin.query(
      `select state, xact_start from pg_stat_activity where datname = current_database() and application_name = 'pg-missions-listener'`,
    );
    expect(rows).toEqual([{ state: 'idle', xact_start: null }]);
  });

  it('hears again after each of 20 kills', async () => {
    const listener = await listen();
    await listener.next('connected');
    for (let kill = 1; kill <= 20; kill++) {
      expect(await killListeners()).toBe(1);
      const { error } = await listener.next('error');
      expect(error.message).toContain('lost');
      await listener.next('connected');
      await notify('wants', `after kill ${kill}`);
      expect(await listener.next('notify')).toMatchObject({ payload: `after kill ${kill}` });
    }
  });

  it('does not give up on a server that refuses', async () => {
    const listener = await listen();
    await listener.next('connected');
    proxy.refuse();
    proxy.cut();
    for (let failure = 0; failure < 30; failure++) await listener.next('error');
    expect(listener.connected()).toBe(false);
    await proxy.resume();
    await listener.next('connected');
    await notify('wants', 'back');
    await listener.next('notify');
  });

  it('does not give up on a server that refuses from the first', async () => {
    proxy.refuse();
    const listener = await listen();
    for (let failure = 0; failure < 30; failure++) {
      const { error } = await listener.next('error');
      expect(error).toMatchObject({
        message: 'could not connect to Postgres to listen',
        cause: { code: 'ECONNREFUSED' },
      });
    }
    await proxy.resume();
    await listener.next('connected');
    await notify('wants', 'at last');
    await listener.next('notify');
  });

  it('waits longer from failure to failure, up to a bound', async () => {
    const asked: number[] = [];
    proxy.refuse();
    const listener = await listen({ retryDelayMs: (failures) => asked.push(failures) * 0 });
    for (let failure = 0; failure < 3; failure++) await listener.next('error');
    await proxy.resume();
    await listener.next('connected');
    const before = asked.length;
    expect(asked).toEqual(Array.from({ length: before }, (_, index) => index + 1));
    await killListeners();
    await listener.next('connected');
    expect(asked[before]).toBe(1);
    for (const failures of [1, 2, 5, 10, 1_000, 1e6]) {
      const longest = Math.min(5_000, 50 * 2 ** failures);
      for (let draw = 0; draw < 50; draw++) {
        expect(retryDelay(failures)).toBeGreaterThanOrEqual(0);
        expect(retryDelay(failures)).toBeLessThanOrEqual(longest);
      }
    }
  });

  it('notices a connection that swallows, established or new', async () => {
    const listener = await listen({ canaryMs: 20, timeoutMs: 1_000 });
    await listener.next('connected');
    proxy.blackhole();
    expect((await listener.next('error')).error.message).toContain('timeout');
    expect((await listener.next('error')).error).toMatchObject({ cause: { message: 'timeout expired' } });
    expect(listener.connected()).toBe(false);
    await proxy.resume();
    await listener.next('connected');
    await notify('wants', 'through');
    await listener.next('notify');
  });

  it('notices a connection that answers but does not notify', async () => {
    const deaf = { yes: false };
    const url = await through({
      // As a transaction pooler: the notification never reaches the one that listens.
      fromServer: (bytes) =>
        deaf.yes ? Buffer.from(bytes.toString('latin1').replaceAll('canary_', 'nobody_'), 'latin1') : bytes,
    });
    const listener = await listen({ connectionString: url, canaryMs: 20, timeoutMs: 1_000 });
    await listener.next('connected');
    deaf.yes = true;
    expect((await listener.next('error')).error.message).toContain('DATABASE_DIRECT_URL');
    expect((await listener.next('error')).error.message).toContain('DATABASE_DIRECT_URL');
    expect(listener.connected()).toBe(false);
    deaf.yes = false;
    await listener.next('connected');
  });

  it('tells of a connection string that cannot be read, and goes on telling', async () => {
    const listener = await listen({ connectionString: 'postgresql://user:secret@[half/database' });
    for (let failure = 0; failure < 2; failure++) {
      const { error } = await listener.next('error');
      expect(`${error.message} ${error.stack}`).not.toContain('secret');
    }
    await listener.close();
  });

  it('survives callbacks that throw, at once or later', async () => {
    const thrown = { connected: 0, notify: 0 };
    const listener = await listen({
      onConnected() {
        thrown.connected++;
        throw new Error('connected threw');
      },
      async onNotify() {
        thrown.notify++;
        throw new Error('notify rejected');
      },
    });
    expect((await listener.next('error')).error.message).toBe('connected threw');
    for (const payload of ['one', 'two']) {
      await notify('wants', payload);
      expect((await listener.next('error')).error.message).toBe('notify rejected');
    }
    expect(thrown).toEqual({ connected: 1, notify: 2 });
    expect(listener.connected()).toBe(true);
  });

  it('survives an onError that throws', async () => {
    let errors = 0;
    const listener = await listen({
      onError() {
        errors++;
        throw new Error('nobody to tell');
      },
    });
    await listener.next('connected');
    await killListeners();
    await listener.next('connected');
    expect(errors).toBe(1);
  });
});

describe('close', () => {
  it('leaves no backend behind, may be called twice, and ends the callbacks', async () => {
    const listener = await listen();
    await listener.next('connected');
    await Promise.all([listener.close(), listener.close()]);
    await listener.close();
    expect(listener.connected()).toBe(false);
    await expectNoBackend();
    await notify('wants', 'too late');
    expect(listener.heard).toEqual([]);
  });

  it('leaves no backend behind at any moment of connecting and reconnecting', async () => {
    for (let round = 0; round < 30; round++) {
      const listener = await listen();
      if (round % 3 > 0) await listener.next('connected');
      if (round % 3 > 1) {
        await killListeners();
        await listener.next('error');
      }
      // From at once to well after the time that a connection takes, in turns of the event loop.
      for (let turn = 0; turn < round; turn++) await new Promise(setImmediate);
      await listener.close();
      expect(listener.connected()).toBe(false);
    }
    await expectNoBackend();
  });

  it('does not wait for a connection that swallows', async () => {
    const listener = await listen({ canaryMs: 60_000 });
    await listener.next('connected');
    proxy.blackhole();
    await listener.close();
    const connecting = await listen({ timeoutMs: 60_000 });
    await connecting.close();
    await proxy.resume();
    await expectNoBackend();
  });

  it('does not wait for the next attempt', async () => {
    proxy.refuse();
    const listener = await listen({ retryDelayMs: () => 3_600_000 });
    await listener.next('error');
    await listener.close();
  });
});

describe('a standby', () => {
  it('is refused until it is promoted', async () => {
    const primary = await startPostgresServer();
    endings.push(primary.stop);
    const standby = await startStandby(primary);
    endings.push(standby.stop);
    const listener = await listen({ connectionString: standby.adminUrl });
    for (let failure = 0; failure < 5; failure++) {
      expect((await listener.next('error')).error.message).toContain('standby');
    }
    expect(listener.heard.some(({ kind }) => kind === 'connected')).toBe(false);

    const client = new pg.Client({ connectionString: standby.adminUrl });
    await client.connect();
    endings.push(() => client.end());
    expect((await client.query('select pg_is_in_recovery() as standby')).rows).toEqual([{ standby: true }]);
    await client.query('select pg_promote()');
    await listener.next('connected');
    await client.query(`notify wants, 'promoted'`);
    expect(await listener.next('notify')).toMatchObject({ payload: 'promoted' });
  });
});

/** Listens through the proxy, with time-outs that a slow machine does not reach. */
async function listen(options: Partial<ListenPostgresOptions> = {}): Promise<RecordedListener> {
  const listener = await recordListener({
    connectionString: throughPort(proxy.port),
    channels: ['wants', 'Mixed Case'],
    retryDelayMs: () => 1,
    timeoutMs: 20_000,
    ...options,
  });
  endings.push(() => listener.close());
  return listener;
}

function throughPort(port: number): string {
  const url = new URL(database.url);
  url.port = String(port);
  return url.href;
}

async function through(options: Parameters<typeof startTcpProxy>[1]): Promise<string> {
  const own = await startTcpProxy(Number(new URL(database.url).port), options);
  endings.push(own.close);
  return throughPort(own.port);
}

async function notify(channel: string, payload: string): Promise<void> {
  await admin.query('select pg_notify($1, $2)', [channel, payload]);
}

const LISTENERS = `from pg_stat_activity where datname = current_database() and application_name = 'pg-missions-listener'`;

async function killListeners(): Promise<number> {
  return (await admin.query(`select pg_terminate_backend(pid) ${LISTENERS}`)).rows.length;
}

/** A backend notices a moment after its client that the connection is closed; nothing tells when. */
async function expectNoBackend(): Promise<void> {
  await vi.waitFor(async () => expect((await admin.query(`select pid ${LISTENERS}`)).rows).toEqual([]), 60_000);
}
