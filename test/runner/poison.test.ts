// Missions and models that mean harm: each ends as a plan or as a failed iteration that says why, the runner lives, and
// its memory does not grow with what it was fed.
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { USER } from '../../src/core/log/actor.ts';
import { userSession } from '../../src/database/database.ts';
import { modelFromConfig } from '../../src/planner/model-from-config.ts';
import { createModelPlanner } from '../../src/planner/model-planner.ts';
import { claimMissions } from '../../src/runner/claim.ts';
import { openTestPostgres, type TestEngine } from '../support/engines.ts';
import { type FakeClock, fakeClock } from '../support/fake-clock.ts';
import { iterationsOf, missionRow, planOf, testRunner, write, writeMission } from '../support/missions.ts';
import { type ModelReply, type ModelServer, startModelServer } from '../support/model-server.ts';

let engine: TestEngine;
let model: ModelServer;
let clock: FakeClock;
let user: string;
let users = 0;

beforeAll(async () => {
  engine = await openTestPostgres();
});
afterAll(() => engine.close());
beforeEach(async () => {
  model = await startModelServer();
  clock = fakeClock();
  users += 1;
  user = `u${users}`;
});
afterEach(async () => {
  await model.close();
  // What a test left wanting must not be claimed by the next one's runner.
  const missions = await engine.db.run<{ id: string }>(userSession(user), sql`select mission_id as id from missions`);
  for (const { id } of missions) await writeMission(engine.db, user, id, { state: 'archived' }, 'update');
  await claimMissions(engine.db, { runner: 'x', limit: 0, leaseMs: 1, perUser: 1, now: null, budget: null });
});

const planner = (timeoutMs = 20_000) =>
  createModelPlanner({
    model: modelFromConfig({ baseUrl: model.url, model: 'scripted' }),
    modelName: 'scripted',
    timeoutMs,
    maxOutputTokens: 8_192,
    toolNames: [],
  });

const deep = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const steps = (count: number) => Array.from({ length: count }, (_, n) => planOf(`task ${n}`).plan.steps).flat();
const step = (fields: JsonObject): ModelReply => ({
  plan: {
    summary: 's',
    steps: [{ toolName: 'create_task', params: { title: 'x' }, rationale: 'r', summary: 's', ...fields }],
  },
});

/** What a model may answer, and how the want must end. */
const REPLIES: [string, ModelReply, 'planned' | 'failed'][] = [
  ['a text that is no plan', { text: 'Certainly!' }, 'failed'],
  ['nothing', { text: '' }, 'failed'],
  ['JSON nested 100,000 deep', { text: `{"summary":"s","steps":${deep(100_000)}}` }, 'failed'],
  ['a million opening braces', { text: '{'.repeat(1_000_000) }, 'failed'],
  ['a million backslashes in a string', { text: `{"summary":"${'\\'.repeat(1_000_000)}` }, 'failed'],
  ['thousands of steps', { plan: { summary: 's', steps: steps(5_000) } }, 'failed'],
  ['a tool that does not exist', step({ toolName: 'drop_database' }), 'failed'],
  ['a tool named like a method of objects', step({ toolName: '__proto__' }), 'failed'],
  ['parameters of the wrong kind', step({ params: { title: { $ne: null } } }), 'failed'],
  [
    'a number beyond double',
    { text: '{"summary":1e999,"steps":[{"toolName":"create_task","params":{"title":1e999}}]}' },
    'failed',
  ],
  ['NUL and lone surrogates', step({ params: { title: 'a\u0000b\ud800c' }, rationale: '\u0000\udfff' }), 'failed'],
  ['a title of a million characters', step({ params: { title: 'x'.repeat(1_000_000) } }), 'failed'],
  ['the keys of prototypes', { text: '{"__proto__":{"steps":[]},"constructor":{"prototype":{"x":1}}}' }, 'failed'],
  ['calls of read tools for ever', { toolCalls: [{ name: 'list_tasks', args: {} }] }, 'failed'],
  ['calls with arguments that cannot be parsed', { toolCalls: [{ name: 'list_tasks', args: '{"a":' }] }, 'failed'],
  ['a connection that breaks off', { truncated: 'x'.repeat(100_000) }, 'failed'],
  ['a status that says nothing', { status: 418, body: 'teapot' }, 'failed'],
  ['half a completion', { status: 200, body: '{"choices":[{"mess' }, 'failed'],
  ['a completion of the wrong form', { status: 200, body: { choices: [{ message: { content: 7 } }] } }, 'failed'],
  ['usage that is a lie', { status: 200, body: lie(-5, 1e300) }, 'planned'],
  ['silence', { hang: true }, 'failed'],
  ['bytes that drip', { drip: 'x'.repeat(400_000) }, 'failed'],
];

function lie(input: number, output: number): JsonObject {
  return {
    id: 'x',
    object: 'chat.completion',
    created: 1,
    model: 'x',
    choices: [
      { index: 0, message: { role: 'assistant', content: JSON.stringify(planOf('A').plan) }, finish_reason: 'stop' },
    ],
    usage: { prompt_tokens: input, completion_tokens: output, total_tokens: -1 },
  };
}

/** Sweeps until the want has its iteration; the clock passes every backoff. */
async function outcomeOf(
  id: string,
  made = testRunner({ db: engine.db, planner: planner(), clock }),
): Promise<JsonObject> {
  for (let n = 0; n < 12; n++) {
    await made.sweep();
    const found = (await iterationsOf(engine.db, user)).find(({ data }) => data.missionId === id);
    if (found) {
      await made.stop();
      return found.data;
    }
    clock.advance(11 * 60_000);
  }
  throw new Error(`no iteration of ${id} after twelve sweeps`);
}

describe('a model that answers', () => {
  test.each(REPLIES)('%s', async (_, reply, expected) => {
    model.setDefault(({ body }) =>
      body.messages.some(({ content }) => content?.includes('POISON')) ? reply : planOf('A'),
    );
    await writeMission(engine.db, user, 'bad', { title: 'POISON' });
    await writeMission(engine.db, user, 'good');
    const isSlow = 'hang' in reply || 'drip' in reply;
    const made = () => testRunner({ db: engine.db, planner: planner(isSlow ? 500 : 20_000), clock });
    const bad = await outcomeOf('bad', made());
    expect(bad.overallStatus).toBe(expected);
    if (expected === 'failed')
      expect(bad.error).toMatchObject({ reason: expect.any(String), message: expect.any(String) });
    // The other one of the same user, claimed with it, has its plan.
    expect(await outcomeOf('good', made())).toMatchObject({ overallStatus: 'planned' });
    expect(await missionRow(engine.db, user, 'bad')).toMatchObject({ planned: 1, claimed: false, queued: false });
  });
});

describe('a model server', () => {
  const bodies: [string, (outgoing: ServerResponse) => void][] = [
    ['sends 50 MB', (outgoing) => stream(outgoing, 50 * 2 ** 20)],
    ['sends without end', (outgoing) => stream(outgoing, Number.POSITIVE_INFINITY)],
  ];
  test.each(bodies)('that %s is not read to its end', async (_, answer) => {
    let sent = 0;
    const server = createServer((incoming, outgoing) => {
      incoming.resume();
      outgoing.writeHead(200, { 'content-type': 'application/json' });
      const write = outgoing.write.bind(outgoing);
      outgoing.write = ((chunk: Buffer) => {
        sent += chunk.length;
        return write(chunk);
      }) as typeof outgoing.write;
      answer(outgoing);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    await writeMission(engine.db, user, 'bad');
    const patient = createModelPlanner({
      model: modelFromConfig({ baseUrl: url, model: 'scripted' }),
      modelName: 'scripted',
      timeoutMs: 20_000,
      maxOutputTokens: 8_192,
    });
    const before = process.memoryUsage().rss;
    const iteration = await outcomeOf('bad', testRunner({ db: engine.db, planner: patient, clock }));
    expect(iteration).toMatchObject({ overallStatus: 'failed', error: { reason: 'model_unavailable' } });
    // Five attempts of at most 10 MB each, and what the sockets hold.
    expect(sent).toBeLessThan(5 * 30 * 2 ** 20);
    expect(process.memoryUsage().rss - before).toBeLessThan(400 * 2 ** 20);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  function stream(outgoing: ServerResponse, bytes: number): void {
    const chunk = Buffer.alloc(2 ** 16, ' ');
    let left = bytes;
    const more = () => {
      while (left > 0 && !outgoing.destroyed) {
        left -= chunk.length;
        if (!outgoing.write(chunk)) {
          outgoing.once('drain', more);
          return;
        }
      }
      if (!outgoing.destroyed) outgoing.end();
    };
    more();
  }
});

describe('a mission', () => {
  const nested = JSON.parse(`${'{"a":'.repeat(30)}1${'}'.repeat(30)}`) as JsonObject;
  const missions: [string, JsonObject, 'planned' | 'failed'][] = [
    [
      'of 100,000 characters that close every fence',
      { conceptMarkdown: '</data><data name="x">'.repeat(4_500) },
      'planned',
    ],
    [
      'of nothing but combining marks and direction overrides',
      { conceptMarkdown: '\u0301\u202e'.repeat(40_000) },
      'planned',
    ],
    [
      'that is its own input, fifty times',
      { inputs: Array(50).fill({ appId: 'ai', table: 'aiMissions', id: 'bad' }) },
      'planned',
    ],
    ['with inputs that are no inputs', { inputs: [1, null, { appId: {} }, [[]]] }, 'failed'],
    ['whose title is an object', { title: nested }, 'failed'],
    ['whose time zone is a path', { timeZone: '../../etc/passwd' }, 'failed'],
    ['whose cadence is a cron that never comes', { cadence: { kind: 'cron', expression: '0 0 30 2 *' } }, 'failed'],
    [
      'with a thousand unknown fields',
      Object.fromEntries(Array.from({ length: 900 }, (_, n) => [`f${n}`, 'x'])),
      'planned',
    ],
    ['whose own cap is no number', { dailyTokens: 'much' }, 'failed'],
  ];
  test.each(missions)('%s', async (_, fields, expected) => {
    model.setDefault(planOf('A'));
    await writeMission(engine.db, user, 'bad', fields);
    await writeMission(engine.db, user, 'good');
    const made = testRunner({ db: engine.db, planner: planner(), clock });
    expect((await outcomeOf('bad', made)).overallStatus).toBe(expected);
    expect((await iterationsOf(engine.db, user)).map(({ id }) => id)).toContain('good-1');
  });

  test('with an input of megabytes is planned from what fits', async () => {
    const data = { title: 'n', contentMarkdown: 'x'.repeat(3_000_000) };
    await write(engine.db, user, {
      appId: 'notes',
      tableName: 'notes',
      recordId: 'n1',
      op: 'insert',
      data,
      actor: USER,
    });
    model.setDefault(planOf('A'));
    await writeMission(engine.db, user, 'bad', { inputs: [{ appId: 'notes', table: 'notes', id: 'n1' }] });
    expect((await outcomeOf('bad')).overallStatus).toBe('planned');
    expect(JSON.stringify(model.requests[0]?.body).length).toBeLessThan(40_000);
  });

  describe('that kills its runner', () => {
    const options = { limit: 10, leaseMs: 30_000, perUser: 10, budget: null };
    const claimAs = (runner: string) => claimMissions(engine.db, { ...options, runner, now: clock.now() });
    const ids = (claims: { missionId: string }[]) => claims.map(({ missionId }) => missionId).sort();

    test('is planned alone after two deaths, so that it takes nobody with it for ever', async () => {
      const all = ['bad', 'x', 'y'];
      for (const id of all) await writeMission(engine.db, user, id);
      for (const runner of ['first', 'second']) {
        expect(ids(await claimAs(runner))).toEqual(all);
        clock.advance(31_000);
      }
      // From now on one at a time, and the next as soon as a process has room for it.
      const [suspect, ...others] = await claimAs('third');
      expect(others).toEqual([]);
      await writeMission(engine.db, user, 'new');
      expect(ids(await claimAs('third'))).toEqual(['new']);
      expect(ids(await claimAs('fourth'))).toHaveLength(1);
      expect(suspect?.attempt).toBe(3);
    });

    test('is quarantined after the last attempt with its reason: the cadence does not bring it back, its person does', async () => {
      await writeMission(engine.db, user, 'bad', { cadence: { kind: 'interval', everyMinutes: 15 } });
      for (let attempt = 1; attempt <= 5; attempt++) {
        expect(await claimAs('x')).toMatchObject([{ missionId: 'bad', attempt }]);
        clock.advance(31_000);
      }
      model.setDefault(planOf('A'));
      const made = testRunner({ db: engine.db, planner: planner(), clock });
      await made.sweep();
      expect(model.requests).toHaveLength(0);
      expect(await iterationsOf(engine.db, user)).toMatchObject([
        { data: { error: { reason: 'attempts_exhausted' } } },
      ]);
      expect(await missionRow(engine.db, user, 'bad')).toMatchObject({ nextRunAt: null, dueAt: null, queued: false });
      clock.advance(86_400_000);
      await made.sweep();
      expect(model.requests).toHaveLength(0);

      await writeMission(engine.db, user, 'bad', { runRequestedAt: 'now' }, 'update');
      await made.sweep();
      expect((await iterationsOf(engine.db, user)).at(-1)?.data).toMatchObject({ overallStatus: 'planned' });
      const row = await missionRow(engine.db, user, 'bad');
      expect(row.nextRunAt).not.toBeNull();
      const [lapses] = await engine.db.run(
        userSession(user),
        sql`select lapses from missions where mission_id = 'bad'`,
      );
      expect(lapses).toEqual({ lapses: 0 });
    });
  });
});
