// What the service asks is what its operator wrote down: never a machine's own link, never where an answer leads, never an
// address out of somebody's text.
import * as dns from 'node:dns/promises';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createKeySet } from '../../src/auth/key-set.ts';
import { systemClock } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import { defaultRegistry } from '../../src/core/modules/registry.ts';
import { withUser } from '../../src/database/database.ts';
import { decideProposal } from '../../src/decisions/decide-proposal.ts';
import { checkKeys } from '../../src/doctor/check-keys.ts';
import { checkModel } from '../../src/doctor/check-model.ts';
import { fetchOutbound } from '../../src/outbound/fetch-outbound.ts';
import { modelFromConfig } from '../../src/planner/model-from-config.ts';
import { openTestPglite } from '../support/engines.ts';
import { proposalsOf, scriptedPlanner, testRunner, write, writeMission } from '../support/missions.ts';
import { type ModelServer, startModelServer } from '../support/model-server.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { spellAddress } from './spell-address.ts';

vi.mock('node:dns/promises', { spy: true });

const SEED = Number(process.env.SEED ?? 20_261_123);
const KEY = 'very-secret-key';
const random = seededRandom(SEED);
const byte = () => Math.floor(random() * 256);
const LINK = ['169.254.169.254', '169.254.170.2', `169.254.0.${byte()}`, `169.254.${byte()}.${byte()}`];
const ELSEWHERE_KEPT = ['100.100.100.200', '192.0.0.192', `${224 + (byte() % 32)}.${byte()}.${byte()}.${byte()}`];
const ORDINARY = ['127.0.0.1', '10.0.0.5', '192.168.1.9', `172.16.${byte()}.${byte()}`, '93.184.216.34'];
/** Those through which an IPv4 address is written into an IPv6 one count for the link alone. */
const isTunnel = (host: string) => /^\[(::\d|64:|2002:)/.test(host);
const around = (host: string) => [`http://${host}:8080/v1`, `HTTP:\\\\${host}/v1/`, `https:/${host}:443//v1`];
const offLimits = [
  ...LINK.flatMap((address) => spellAddress(address, random)),
  ...ELSEWHERE_KEPT.flatMap((address) => spellAddress(address, random).filter((host) => !isTunnel(host))),
  ...['[ff02::1]', '[fd00:ec2::254]', '[fd20:ce::254]'],
].flatMap(around);
const allowed = ORDINARY.flatMap((address) => spellAddress(address, random)).flatMap(around);

const read = (name: string, value: string) =>
  readConfig({ [name]: value, ...(name === 'LLM_BASE_URL' ? { LLM_MODEL: 'm' } : {}) });

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe(`what is configured (SEED=${SEED})`, () => {
  test(`none of ${offLimits.length} spellings of a link-local, multicast or kept address is taken`, async () => {
    expect(offLimits.length).toBeGreaterThan(500);
    for (const name of ['LLM_BASE_URL', 'AUTH_JWKS_URL']) {
      const taken = offLimits.filter((url) => read(name, url).ok);
      expect(taken, name).toEqual([]);
    }
    // Nor asked, whoever comes past the configuration.
    const sent = vi.fn();
    vi.stubGlobal('fetch', sent);
    for (const url of offLimits) await expect(fetchOutbound(url), url).rejects.toThrow('fetch failed');
    expect(sent).not.toHaveBeenCalled();
  });

  test(`each of ${allowed.length} spellings of another address is asked at that very host, with the key`, async () => {
    const sent: { url: URL; authorization: string | null; redirect: unknown }[] = [];
    vi.stubGlobal('fetch', (input: string, init: RequestInit) => {
      const authorization = new Headers(init.headers).get('authorization');
      sent.push({ url: new URL(input), authorization, redirect: init.redirect });
      return Promise.reject(new TypeError('fetch failed', { cause: new Error('not here') }));
    });
    for (const url of allowed) {
      const outcome = read('LLM_BASE_URL', url);
      if (!outcome.ok) throw new Error(`${url}: ${outcome.problems}`);
      const model = modelFromConfig({ baseUrl: outcome.config.LLM_BASE_URL as string, apiKey: KEY, model: 'm' });
      await expect(model.doGenerate({ prompt: [] })).rejects.toThrow('Cannot connect');
      const asked = sent.pop();
      expect(asked).toMatchObject({ authorization: `Bearer ${KEY}`, redirect: 'manual' });
      expect(asked?.url.hostname, url).toBe(new URL(url).hostname);
      expect(asked?.url.pathname, url).toMatch(/v1\/+chat\/completions$/);
    }
    expect(sent).toEqual([]);
  });

  test.each([
    ...[
      'file:///etc/passwd',
      'ftp://host/v1',
      'gopher://host/_x',
      'data:,x',
      'javascript:1',
      'ws://host',
      'blob:http://a/b',
    ],
    ...[
      'unix:/run/x.sock',
      'http+unix://x/v1',
      '//host/v1',
      '/v1',
      'host:80',
      'http://',
      'http://[',
      'http://a b/',
      'http://%',
    ],
    ...[
      'http://user@host/v1',
      'http://user:pass@host/v1',
      'http://:p@host/v1',
      'http://host@169.254.169.254/',
      'http://a%40b@c/',
    ],
    ...[
      'http://host/v1?x=',
      'http://host/v1?',
      'http://host/v1#',
      'http://host#@169.254.169.254/',
      'http://host?@other/',
    ],
    ...[
      'http://1.2.3.4.5/v1',
      'http://256.1.1.1/',
      'http://0x100000000/',
      'http://host:99999/',
      'http://[::1',
      'http://[1.2.3.4]/',
    ],
  ])('%s is no address of a model server', (url) => {
    expect(read('LLM_BASE_URL', url)).toMatchObject({ ok: false });
  });
});

describe('a name', () => {
  const leadsTo = (...addresses: string[]) =>
    vi
      .mocked(dns.lookup as unknown as () => Promise<unknown>)
      .mockResolvedValue(addresses.map((address) => ({ address })));

  test.each([
    [['169.254.169.254']],
    [['93.184.216.34', '169.254.169.254']],
    [['::ffff:169.254.169.254']],
    [['64:ff9b::a9fe:a9fe']],
  ])('that leads to %j is not asked', async (addresses) => {
    leadsTo(...addresses);
    const sent = vi.fn();
    vi.stubGlobal('fetch', sent);
    const asked = fetchOutbound('http://metadata.internal./v1', { headers: { authorization: KEY } });
    await expect(asked).rejects.toMatchObject({ cause: { code: 'EADDRNOTALLOWED' } });
    expect(sent).not.toHaveBeenCalled();
  });

  test('that leads anywhere else, or nowhere, is', async () => {
    const sent = vi.fn(async () => new Response('{}'));
    vi.stubGlobal('fetch', sent);
    leadsTo('10.0.0.5', '::1');
    await fetchOutbound('http://model.internal/v1');
    leadsTo('192.168.1.5', 'fe80::1%en0');
    await fetchOutbound('http://my-machine.local:11434/v1');
    leadsTo('169.254.1.2');
    await fetchOutbound('http://host.containers.internal:11434/v1');
    vi.mocked(dns.lookup).mockRejectedValue(new Error('ENOTFOUND'));
    await fetchOutbound('http://nowhere.internal/v1');
    expect(sent).toHaveBeenCalledTimes(4);
  });

  test('that is looked up for ever is given up with the request', async () => {
    vi.mocked(dns.lookup as unknown as () => Promise<unknown>).mockReturnValue(new Promise(() => {}));
    const controller = new AbortController();
    const asked = fetchOutbound('http://slow.internal/v1', { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
  });
});

describe('with servers', () => {
  let model: ModelServer;
  let trap: LocalServer;
  let connections: number[];

  beforeEach(async () => {
    model = await startModelServer();
    trap = await startServer((response) => response.end('{}'));
    connections = [];
    const connect = Socket.prototype.connect;
    vi.spyOn(Socket.prototype, 'connect').mockImplementation(function (this: Socket, ...args: unknown[]) {
      const [options] = [args[0]].flat() as { port?: number | string }[];
      connections.push(Number(options?.port));
      return Reflect.apply(connect, this, args);
    });
  });
  afterEach(async () => {
    trap.close();
    await model.close();
  });

  test('a redirect is followed by nobody: not the model, not the keys, not the doctor', async () => {
    const { port } = new URL(trap.url);
    const locations = [
      ...[trap.url, `//127.0.0.1:${port}/`, `http://2130706433:${port}/`, `http://[::ffff:127.0.0.1]:${port}/`],
      ...[
        `http://x:y@127.0.0.1:${port}/`,
        `http:\\\\127.0.0.1:${port}\\`,
        `\t${trap.url}`,
        'http://169.254.169.254/latest',
      ],
      ...['file:///etc/passwd', 'data:application/json,{"keys":[]}', '/v1/chat/completions', ''],
    ];
    let answer: [status: number, headers: Record<string, string>] = [200, {}];
    const redirecting = await startServer((response) => response.writeHead(...answer).end());
    const { url } = redirecting;
    for (const status of [301, 302, 303, 307, 308]) {
      for (const location of locations) {
        answer = [status, { location, refresh: `0;url=${trap.url}`, link: `<${trap.url}>; rel=preload` }];
        redirecting.visits.length = 0;
        const client = modelFromConfig({ baseUrl: url, apiKey: KEY, model: 'm' });
        await expect(client.doGenerate({ prompt: [] })).rejects.toMatchObject({ statusCode: status });
        const config = { LLM_BASE_URL: url, LLM_API_KEY: KEY, LLM_MODEL: 'm', AUTH_JWKS_URL: url };
        expect(await checkModel(config as never)).toMatchObject([{ status: 'warning' }]);
        expect(await checkKeys(config as never)).toMatchObject([{ status: 'error' }]);
        const keys = createKeySet(new URL(url), systemClock, () => {});
        await expect(keys({ alg: 'RS256', kid: 'k' }, {} as never)).rejects.toThrow('cannot be read');
        expect(redirecting.visits).toEqual(['POST /chat/completions', 'GET /models', 'GET /', 'GET /']);
      }
    }
    expect(trap.visits).toEqual([]);
    expect(new Set(connections)).toEqual(new Set([redirecting.port]));
    // Negative control: what follows gets there, and is seen.
    answer = [302, { location: trap.url }];
    await fetch(url);
    expect(trap.visits).toEqual(['GET /']);
    expect(connections).toContain(trap.port);
    redirecting.close();
  });

  test('no text of a person, a record or a model chooses where to go', async () => {
    const urls = [...offLimits, ...allowed, ...Array.from({ length: 50 }, (_, n) => `${trap.url}/${n}`)];
    const some = (from: number, count: number) =>
      urls
        .slice(from % urls.length)
        .concat(urls)
        .slice(0, count)
        .join(' ');
    const engine = await openTestPglite();
    try {
      connections.length = 0;
      const user = 'ada';
      const inputs = [{ appId: 'notes', table: 'notes', id: trap.url }];
      const note = { title: some(3, 5), contentMarkdown: some(0, urls.length).slice(0, 90_000), url: trap.url };
      const made = { op: 'insert', actor: { kind: 'user' } } as const;
      await write(engine.db, user, { ...made, appId: 'notes', tableName: 'notes', recordId: trap.url, data: note });
      for (let n = 0; n < 10; n++) {
        const texts = {
          title: urls[n * 50] as string,
          objective: some(n * 50, 20),
          conceptMarkdown: some(n * 90, 100),
        };
        await writeMission(engine.db, user, `m${n}`, { ...texts, inputs, baseURL: trap.url, LLM_BASE_URL: trap.url });
      }
      let asked = 0;
      model.setDefault(() => {
        asked += 1;
        const texts = urls.slice((asked * 20) % urls.length);
        if (asked % 2)
          return { toolCalls: texts.slice(0, 5).map((url) => ({ name: 'get_notes', args: { query: url, url } })) };
        const steps = texts.slice(0, 5).map((url) => ({
          toolName: 'create_place',
          params: { name: url, address: url, notes: `![x](${url}) ${url}` },
          ...{ rationale: url, summary: url, url },
        }));
        return { plan: { summary: `see ${trap.url}`, steps } };
      });
      const runner = testRunner({ db: engine.db, planner: scriptedPlanner(model), clock: systemClock });
      await runner.sweep();
      await runner.stop();
      const proposals = await proposalsOf(engine.db, user);
      expect(proposals.length).toBeGreaterThan(20);
      for (const { id } of proposals) {
        await withUser(engine.db, user, (tx) =>
          decideProposal(tx, { registry: defaultRegistry, userId: user, now: new Date() }, id, { decision: 'approve' }),
        );
      }
      expect(new Set(connections)).toEqual(new Set([Number(new URL(model.url).port)]));
      expect(trap.visits).toEqual([]);
      expect(new Set(model.requests.map(({ path }) => path))).toEqual(new Set(['/v1/chat/completions']));
    } finally {
      await engine.close();
    }
  });
});

test('there is one way out: nothing else of the service fetches or opens a connection, but the driver of its database', () => {
  const root = new URL('../../src/', import.meta.url);
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !/^(web|client)\//.test(name),
  );
  const ways = /\bfetch\(|'node:(https?|http2|dgram|tls|dns)|\bconnect\(\{|'undici|WebSocket|EventSource\(/;
  const going = files.filter((name) => ways.test(readFileSync(new URL(name, root), 'utf8')));
  expect(going).toEqual(['outbound/fetch-outbound.ts']);
});

interface LocalServer {
  url: string;
  port: number;
  visits: string[];
  close(): void;
}

async function startServer(answer: (response: ServerResponse) => void): Promise<LocalServer> {
  const visits: string[] = [];
  const server = createServer((request, response) => {
    visits.push(`${request.method} ${request.url}`);
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}`, port, visits, close };
}
