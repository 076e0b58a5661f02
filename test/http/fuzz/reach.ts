import { Readable } from 'node:stream';
import type { Json } from '../../../src/core/json.ts';
import { MAX_BODY_BYTES } from '../../../src/core/log/bounds.ts';
import { SERVICE_KEY, type TestApp, type TestUser } from '../../support/app.ts';
import type { DescribedOperation } from '../../support/described-service.ts';

/** Where an operation is found, for cases in which it does not matter what is there. */
function anywhere({ path }: DescribedOperation): string {
  return path.replaceAll(/\{(.+?)\}/g, 'x');
}

const JSON_TYPE = { 'Content-Type': 'application/json' };

/** What can go wrong with every operation that takes such a thing. */
export async function reachCommon(app: TestApp, operation: DescribedOperation): Promise<void> {
  const { method } = operation;
  const path = anywhere(operation);
  if (operation.needsUser) {
    const unavailable = { reason: 'auth_unavailable', detail: 'the issuer does not answer' } as const;
    const failing = (error: Error) => {
      const fails = () => Promise.reject(error);
      return app.variant({ db: { ...app.db, transaction: fails, run: fails, runTexts: fails } });
    };
    const ask = (user: TestUser) => user.send(method, path, sendable(operation));
    await ask(app.user(app.variant({ authenticate: async () => null })));
    await ask(app.user(app.variant({ authenticate: async () => unavailable })));
    await ask(app.user(app.variant({ authenticate: () => Promise.reject(new TypeError('a bug')) })));
    await ask(app.user(app.variant({ rateLimit: { take: () => 3 } })));
    await ask(app.user(failing(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }))));
    await ask(app.user(failing(Object.assign(new Error('could not extend file'), { code: '53100' }))));
  }
  const user = app.user();
  await user.send(method, path, sendable(operation));
  if (operation.body) {
    const bodies = ['{', '['.repeat(40), '{"a":"\\u0000"}', '{"a":1e400}', '5', `"${'x'.repeat(MAX_BODY_BYTES)}"`];
    for (const body of bodies) await user.send(method, path, { body, headers: JSON_TYPE });
    await user.send(method, path, { body: '{}', headers: { 'Content-Type': 'text/plain' } });
    const breaking = Readable.toWeb(Readable.from(breaksOff())) as ReadableStream;
    await user.send(method, path, { body: breaking, headers: JSON_TYPE, duplex: 'half' } as RequestInit);
  }
  if (operation.parameters.length > 0) {
    for (const { name, in: place } of operation.parameters) {
      const odd =
        place === 'path'
          ? operation.path.replace(`{${name}}`, 'a%00b').replaceAll(/\{.+?\}/g, 'x')
          : `${path}?${name}=`;
      await user.send(method, odd, sendable(operation));
      if (place === 'query')
        for (const value of ['%00', '0123456789.1', 'x']) await user.send(method, `${odd}${value}`, {});
    }
  }
}

/** A body that every operation reads at least as far as it needs to know whose it is and where it goes. */
function sendable({ body, path }: DescribedOperation): RequestInit {
  if (!body) return {};
  const bodies: [RegExp, Json][] = [
    [/missions$/, { title: 't', objective: 'o' }],
    [/missions\/|records/, { title: 't' }],
    [/feedback$/, { feedback: 'f' }],
    [/decisions$/, { decisions: [{ id: 'x', decision: 'approve' }] }],
    [/decision$/, { decision: 'approve' }],
    [/policy$/, { create_task: 'propose' }],
    [/^\/sync/, { clientId: 'c', changes: [{ table: 'tasks', id: 't', op: 'insert', data: { title: 't' } }] }],
  ];
  const fitting = bodies.filter(([pattern]) => pattern.test(path)).at(-1)?.[1] ?? {};
  return { body: JSON.stringify(fitting), headers: JSON_TYPE };
}

function* breaksOff() {
  yield Buffer.from('{"a":');
  throw new Error('connection reset');
}

/** What only some operations answer, each by its own way there. */
export async function reachParticular(app: TestApp): Promise<void> {
  const user = app.user();
  const push = (changes: Json, over: object = {}) => user.post('/sync/todo', { clientId: 'c', changes, ...over });
  const task = (over: object = {}) =>
    ({ table: 'tasks', id: 't', op: 'insert', data: { title: 't' }, ...over }) as Json;
  const at = (updatedAt: string) => ({ fields: { title: { value: 't', updatedAt } }, data: undefined });
  const wide = Object.fromEntries(Array.from({ length: 1_001 }, (_, i) => [`f${i}`, 1]));

  await push([task({ eventId: 'e' })]);
  await push([task({ eventId: 'e', id: 'other' })]);
  await push(Array.from({ length: 5_001 }, () => task()));
  await push([], { since: 'x' });
  await push([], { since: '0123456789.1' });
  await push([task()], { schemaVersion: 99 });
  await push([task({ actor: { kind: 'system', source: 'rule' } })]);
  await user.post('/sync/ai', { clientId: 'c', changes: [task({ table: 'aiIterations' })] });
  await user.post('/sync/ai', { clientId: 'c', changes: [task({ table: 'aiMissions', data: { wanted: 5 } })] });
  await push([task({ op: 'update', data: {} })]);
  await push([task({ data: wide })]);
  await push([task(at('yesterday'))]);
  await push([task(at('2999-01-01T00:00:00Z'))]);

  await user.put('/api/records/todo/tasks/t9', { title: 'new' });
  await user.put('/api/records/todo/tasks/t9', { title: 'there' });
  await user.put('/api/records/todo/tasks/t9', wide);
  await user.patch('/api/records/todo/tasks/t9', wide);
  await user.patch('/api/records/todo/tasks/t9', {});
  await user.patch('/api/records/todo/tasks/t9', { title: 'other' });
  await user.get('/api/records/todo/tasks/t9');
  await user.get('/api/records/todo/tasks/t9/blame');
  await user.delete('/api/records/todo/tasks/t9');
  for (const method of ['put', 'patch'] as const) await user[method]('/api/records/ai/aiIterations/i', { a: 1 });
  await user.delete('/api/records/ai/aiIterations/i');
  await user.put('/api/policy', { no_such_tool: 'auto' });

  const mission = {
    id: 'm',
    title: 't',
    objective: 'o',
    conceptMarkdown: ['a', 'b', 'c', 'd', 'e'].map((t) => `- [ ] ${t}`).join('\n'),
  };
  await user.post('/api/missions', mission);
  await user.post('/api/missions', mission);
  await user.post('/api/missions/m/stop');
  await user.post('/api/missions/m/stop');
  await user.post('/api/missions/m/run');
  await app.runner.sweep();
  const { iterations } = (await user.get('/api/missions/m')).body;
  const iteration = iterations[0].id as string;
  const of = (index: number) => `/api/proposals/${iteration}-${index}/decision`;
  await user.get(`/api/missions/m/iterations/${iteration}/calls`);
  await user.get(`/api/proposals/${iteration}-0`);
  await user.post(of(0), { decision: 'approve' });
  await user.post(of(0), { decision: 'reject' });
  await user.post(of(1), { decision: 'approve', hash: 'of another' });
  await user.post(of(1), { decision: 'approve', params: { title: 5 } });
  await user.put('/api/policy', { create_task: 'deny' });
  await user.post(of(1), { decision: 'approve' });
  await user.put('/api/policy', { create_task: 'propose' });
  app.planner.propose({ toolName: 'complete_task', params: { taskId: 'gone' } });
  await user.post('/api/missions', { ...mission, id: 'n' });
  await app.runner.sweep();
  const planned = (await user.get('/api/missions/n')).body.iterations[0].plan[0];
  await user.post(`/api/proposals/${planned.proposalId}/decision`, { decision: 'approve' });
  await user.post(`/api/proposals/${iteration}-0/undo`, { dryRun: true });
  await user.post(`/api/iterations/${iteration}/undo`, {});
  app.clock.aheadMs = 400 * 86_400_000;
  await user.post(of(2), { decision: 'approve' });
  app.clock.aheadMs = 0;
  await user.post(`/api/missions/m/iterations/${iteration}/feedback`, { feedback: 'more' });
  await user.post('/api/missions/m/iterations/none/feedback', { feedback: 'more' });
  await app.runner.sweep();
  await user.post(of(3), { decision: 'approve' });
  await user.patch('/api/missions/m', {});
  await user.patch('/api/missions/m', { state: 'paused' });
  await user.post('/api/missions/m/run');
  await user.delete('/api/missions/m');

  // A log of tomorrow may have rules that this build does not know.
  const tomorrows = Object.assign(new Error('data: breaks a rule'), {
    code: 'PM001',
    constraint: 'new_rule',
    column: 'data',
  });
  const ofTomorrow = app.variant({ db: { ...app.db, transaction: () => Promise.reject(tomorrows) } });
  await app.user(ofTomorrow).post('/sync/todo', { clientId: 'c', changes: [task()] });

  await app.user(app.variant({ ready: () => Promise.reject(new Error('no database')) })).get('/readyz');
  const tick = (over: Parameters<TestApp['variant']>[0], key = SERVICE_KEY) =>
    app.user(app.variant(over)).send('POST', '/internal/tick', { headers: { 'X-Service-Key': key } });
  await tick({}, 'another');
  await tick({});
  await tick({ serviceKey: undefined });
  await tick({ runner: null });
  await tick({ runner: { ...app.runner, sweep: () => Promise.reject(new TypeError('a bug')) } });
}
