import fc from 'fast-check';
import type { Json } from '../../../src/core/json.ts';
import type { PullAnswer } from '../../../src/core/sync/wire.ts';
import { type DescribedOperation, type DescribedService, describedService } from '../../support/described-service.ts';
import type { Material } from '../generate-requests.ts';
import { addressesIn, CANARY, materialOf, writeCanaries } from '../person-of-canaries.ts';
import { attackOn } from './attack-on.ts';
import { judgeAnswer } from './laws.ts';
import type { SentRequest, Target } from './target.ts';

export interface AttackOptions {
  seed: number;
  /** Each has a new person, with missions and proposals that are new as well. */
  rounds: number;
  /** Requests to each operation in a round. */
  perOperation: number;
  /** Called at the end of a round with whose log it was. */
  afterRound(userId: string): Promise<void>;
}

export interface AttackReport {
  requests: number;
  /** By what the documentation calls it: `GET /api/missions/{id} 404 mission_not_found`. */
  outcomes: Map<string, number>;
  /** Of whom nobody was to learn anything. */
  victim: string;
}

/**
 * Sends generated requests to every operation that the service describes, and holds each answer against the laws. What
 * breaks one is shrunk, and thrown with the seed. The torture harness may call it with other counts and another target.
 */
export async function attackService(
  target: Target,
  { seed, rounds, perOperation, afterRound }: AttackOptions,
): Promise<AttackReport> {
  const service = await describe(target);
  const victim = `${CANARY}-${seed}`;
  const ticket = await writeCanaries(does(target, victim), target.sweep);
  const ofVictim = await materialOf(victim, ticket, does(target, victim));
  const victimsHead = await target.headOf(victim);
  const report: AttackReport = { requests: 0, outcomes: new Map(), victim };

  for (let round = 0; round < rounds; round++) {
    const userId = `mallory-${seed}-${round}`;
    const material = merge(ofVictim, await materialOfOwn(target, userId));
    let head = await target.headOf(userId);
    const shuffled = fc.sample(fc.shuffledSubarray(service.operations, { minLength: service.operations.length }), {
      numRuns: 1,
      seed: seed + round,
    });
    for (const [i, described] of (shuffled[0] ?? []).entries()) {
      const operation = round % 2 === 0 ? described : withoutTicket(described);
      const property = fc.asyncProperty(attackOn(operation, material), async (request) => {
        const answer = await target.send(operation.needsUser ? userId : null, request);
        const before = head;
        if (!reads(request)) head = await target.headOf(userId);
        if (head !== before && answer.status >= 400) throw new Error(`${answer.status}, and the log has grown`);
        const outcome = judgeAnswer(service, request, answer, [CANARY]);
        report.requests += 1;
        report.outcomes.set(outcome, (report.outcomes.get(outcome) ?? 0) + 1);
      });
      // A push takes more than all the others together.
      const numRuns = operation.path === '/sync/{appId}' ? 5 * perOperation : perOperation;
      await fc.assert(property, { seed: seed + 1_000 * round + i, numRuns });
      if ((await target.headOf(userId)) !== head) throw new Error(`${operation.path} has written where it only reads`);
    }
    await target.sweep();
    await afterRound(userId);
  }
  if ((await target.headOf(victim)) !== victimsHead) throw new Error('somebody else has written into a log');
  const failures = target.failures();
  if (failures.length > 0) throw new Error(`the service logged ${failures.length} failures: ${failures[0]}`);
  return report;
}

/** A ticket that is used up leads nowhere else. */
function withoutTicket(operation: DescribedOperation): DescribedOperation {
  return { ...operation, parameters: operation.parameters.filter(({ name }) => name !== 'ticket') };
}

/** What a target says of itself. */
export async function describe(target: Target): Promise<DescribedService> {
  const { text } = await target.send(null, { method: 'GET', path: '/openapi.json', headers: {}, body: null });
  return describedService(JSON.parse(text));
}

/** Asks for what is to be accepted. */
export function does(target: Target, userId: string) {
  return async (method: string, path: string, body: Json = null): Promise<unknown> => {
    const headers: Record<string, string> = body === null ? {} : { 'Content-Type': 'application/json' };
    const sent = { method, path, headers, body: body === null ? null : JSON.stringify(body) };
    const { status, text } = await target.send(userId, sent);
    if (status >= 300) throw new Error(`${method} ${path} was refused: ${status} ${text}`);
    return text.startsWith('{') ? JSON.parse(text) : text;
  };
}

function reads({ method }: SentRequest): boolean {
  return /^(get|head|options)$/i.test(method);
}

/** Gives a person missions, proposals and records: what is at hand to be edited, decided, undone and deleted. */
async function materialOfOwn(target: Target, userId: string): Promise<Pick<Material, 'named' | 'addresses'>> {
  const ask = does(target, userId);
  const ids = ['m0', 'm1', 'm2', 'm3'];
  const missions = ids.map((id) => {
    const data = { title: id, objective: 'own', conceptMarkdown: '- [ ] one\n- [ ] two\n- [ ] three', state: 'active' };
    return { eventId: `e-${id}`, table: 'aiMissions', id, op: 'insert', data };
  });
  await ask('POST', '/sync/ai', { clientId: 'own-phone', changes: missions });
  for (const id of ['t0', 't1']) await ask('PUT', `/api/records/todo/tasks/${id}`, { title: id });
  await ask('DELETE', '/api/records/todo/tasks/t1');
  await target.sweep();
  await ask('POST', '/api/proposals/m0-1-0/decision', { decision: 'approve' });
  await ask('DELETE', '/api/missions/m3');
  const { serverChanges, syncedUntil } = (await ask('GET', '/sync/pull?limit=5000')) as PullAnswer;
  const own = { id: [...new Set(serverChanges.map(({ id }) => id))], missionId: ids };
  return {
    named: {
      ...own,
      iterationId: own.id,
      eventId: missions.map(({ eventId }) => eventId),
      since: [syncedUntil],
      at: ['1', '5', '2026-01-01', '9999-01-01T00:00:00Z', String(serverChanges.length)],
    },
    addresses: [addressesIn(serverChanges)],
  };
}

function merge(one: Material, other: Pick<Material, 'named' | 'addresses'>): Material {
  const named = Object.entries(other.named).map(([name, values]) => [name, [...(one.named[name] ?? []), ...values]]);
  return {
    named: { ...one.named, ...Object.fromEntries(named) },
    texts: one.texts,
    addresses: [...one.addresses, ...other.addresses],
  };
}
