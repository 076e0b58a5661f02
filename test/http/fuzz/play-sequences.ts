import fc from 'fast-check';
import type { Json } from '../../../src/core/json.ts';
import { describe, does } from './attack-service.ts';
import { judgeAnswer } from './laws.ts';
import type { Target } from './target.ts';

export interface SequenceOptions {
  seed: number;
  runs: number;
  afterRun(userId: string): Promise<void>;
}

/** Creates, edits, plans, decides, undoes and deletes in random order; each run on a log of its own, beside another's. */
export async function playSequences(target: Target, { seed, runs, afterRun }: SequenceOptions): Promise<number> {
  const service = await describe(target);
  let played = 0;
  let requests = 0;
  const property = fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 16 }), async (steps) => {
    played += 1;
    const [me, other] = [`player-${seed}-${played}`, `rival-${seed}-${played}`];
    await does(target, me)('POST', '/api/missions', mission('m'));
    await target.sweep();
    const heads = knownHeads(target);
    for (const { by, act } of steps) {
      if (act === 'plan') {
        await target.sweep();
        heads.forget();
        continue;
      }
      const [method, path, body] = act;
      const [mine, others] = by === 'me' ? [me, other] : [other, me];
      const before = { mine: await heads.of(mine), others: await heads.of(others) };
      const headers: Record<string, string> = body === undefined ? {} : { 'Content-Type': 'application/json' };
      const sent = { method, path, headers, body: body === undefined ? null : JSON.stringify(body) };
      const answer = await target.send(mine, sent);
      requests += 1;
      judgeAnswer(service, sent, answer, [others]);
      if ((await target.headOf(others)) !== before.others)
        throw new Error(`${method} ${path} wrote into another's log`);
      if (answer.status >= 400 && (await target.headOf(mine)) !== before.mine) {
        throw new Error(`${method} ${path} was refused with ${answer.status}, and the log has grown`);
      }
      if (answer.status < 400) heads.forget(mine);
    }
    await target.sweep();
    for (const userId of [me, other]) await afterRun(userId);
  });
  await fc.assert(property, { seed, numRuns: runs });
  return requests;
}

/** What the head of a log was when it was last asked for: it is asked for again where something may have been written since. */
function knownHeads(target: Target) {
  const known = new Map<string, number>();
  return {
    async of(userId: string): Promise<number> {
      const head = known.get(userId) ?? (await target.headOf(userId));
      known.set(userId, head);
      return head;
    },
    forget(userId?: string): void {
      if (userId === undefined) known.clear();
      else known.delete(userId);
    },
  };
}

type Act = 'plan' | [method: string, path: string, body?: Json];

const mission = (id: string) => ({ id, title: id, objective: 'o', conceptMarkdown: '- [ ] one\n- [ ] two' });
const tasks = (id: string) => `/api/records/todo/tasks/${id}`;
const missionId = fc.constantFrom('m', 'm', 'n');
const iterationId = fc.tuple(missionId, fc.integer({ min: 1, max: 4 })).map(([id, want]) => `${id}-${want}`);
const proposalId = fc.tuple(iterationId, fc.nat(1)).map(([id, index]) => `${id}-${index}`);
const taskId = fc.constantFrom('t', 'm-1-0', 'm-1-0-0', 'm-1-1');
const text = fc.constantFrom('a', 'b', 'c');
const decision = fc.constantFrom<Json>(
  { decision: 'approve' },
  { decision: 'approve', params: { title: 'as edited' } },
  { decision: 'approve', hash: 'of something else' },
  { decision: 'reject', feedback: 'no' },
);
const pushed = fc.oneof(
  fc.record({
    table: fc.constant('aiMissions'),
    id: missionId,
    op: fc.constantFrom('update', 'insert'),
    data: text.map(mission),
  }),
  fc.record({ table: fc.constant('aiMissions'), id: missionId, op: fc.constant('delete') }),
  fc.record({
    table: fc.constant('aiProposals'),
    id: proposalId,
    op: fc.constant('update'),
    data: fc.constantFrom({ status: 'approved' }, { status: 'rejected' }),
  }),
);
const to = (path: fc.Arbitrary<string>, method: string, ...body: fc.Arbitrary<Json>[]): fc.Arbitrary<Act> =>
  fc.tuple(path, ...body).map(([path, ...rest]) => [method, path, ...rest] as Act);
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.constant<Act>('plan'),
  to(fc.constant('/api/missions'), 'POST', missionId.map(mission)),
  to(
    missionId.map((id) => `/api/missions/${id}`),
    'PATCH',
    text.map((title) => ({ title })),
  ),
  to(
    missionId.map((id) => `/api/missions/${id}`),
    'PATCH',
    fc.constantFrom<Json>({ state: 'paused' }, { state: 'active' }),
  ),
  to(
    missionId.map((id) => `/api/missions/${id}`),
    'DELETE',
  ),
  to(
    missionId.map((id) => `/api/missions/${id}`),
    'GET',
  ),
  to(
    fc.tuple(missionId, fc.constantFrom('run', 'stop')).map(([id, verb]) => `/api/missions/${id}/${verb}`),
    'POST',
  ),
  to(
    iterationId.map((id) => `/api/missions/m/iterations/${id}/feedback`),
    'POST',
    text.map((feedback) => ({ feedback })),
  ),
  to(
    proposalId.map((id) => `/api/proposals/${id}/decision`),
    'POST',
    decision,
  ),
  to(
    fc.constant('/api/proposals/decisions'),
    'POST',
    fc
      .array(
        fc.tuple(proposalId, decision).map(([id, given]) => ({ id, ...(given as object) }) as Json),
        { minLength: 1, maxLength: 3 },
      )
      .map((decisions) => ({ decisions })),
  ),
  to(
    proposalId.map((id) => `/api/proposals/${id}/undo`),
    'POST',
    fc.boolean().map((dryRun) => ({ dryRun })),
  ),
  to(
    iterationId.map((id) => `/api/iterations/${id}/undo`),
    'POST',
    fc.boolean().map((dryRun) => ({ dryRun })),
  ),
  to(
    fc.constant('/sync/ai'),
    'POST',
    fc.array(pushed, { minLength: 1, maxLength: 3 }).map((changes) => ({ clientId: 'phone', changes }) as Json),
  ),
  to(
    taskId.map(tasks),
    'PUT',
    text.map((title) => ({ title })),
  ),
  to(
    taskId.map(tasks),
    'PATCH',
    text.map((title) => ({ title, done: true })),
  ),
  to(taskId.map(tasks), 'DELETE'),
  to(
    fc.constant('/api/policy'),
    'PUT',
    fc.constantFrom('auto', 'propose', 'deny').map((policy) => ({ create_task: policy })),
  ),
);
const step = fc.record({ by: fc.constantFrom('me', 'me', 'me', 'me', 'other'), act });
