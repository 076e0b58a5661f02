import type { Json, JsonObject } from '../../src/core/json.ts';
import { createOutlinePlanner } from '../../src/core/planning/outline.ts';
import type { Planner } from '../../src/core/planning/planner.ts';
import type { PullAnswer, WireChange } from '../../src/core/sync/wire.ts';
import type { Material } from './generate-requests.ts';

/** In every value that belongs to the person whom nobody else may read. */
export const CANARY = 'canary-9d41';
/** What the names begin with that this person has given. */
export const OF_A = 'alpha';

/** Asks the service as a user, and answers with the parsed body of what was accepted. */
export type Does = (method: string, path: string, body?: Json) => Promise<unknown>;

/** Plans for this person what holds the canary, and records everything that it was given to read as a model call. */
export const canaryPlanner: Planner = {
  model: 'recording',
  needsDecidedSteps: true,
  async plan(request, session) {
    const { tools, now, ...read } = request;
    const call = { model: 'recording', answer: null, inputTokens: null, outputTokens: null, durationMs: 0 };
    await session.recordCall({ ...call, request: JSON.parse(JSON.stringify(read)), response: {} });
    if (request.mission.title !== CANARY) return createOutlinePlanner().plan(request, session);
    const step = { toolName: 'create_task', params: { title: CANARY }, rationale: CANARY, summary: CANARY };
    return { ok: true, plan: { summary: CANARY, steps: [step, step, step] } };
  },
};

/** The body of a push to ai: the first missions that bear a name. */
export function missionsOf(name: string, text: string, count = 2): JsonObject {
  const inputs = [{ appId: 'notes', table: 'notes', id: `${name}-note` }];
  const data = {
    title: text,
    objective: text,
    conceptMarkdown: `- [ ] ${text}\n- [ ] ${text} 2\n- [ ] ${text} 3`,
    state: 'active',
    inputs,
  };
  const ids = Array.from({ length: count }, (_, i) => `${name}-${i}`);
  return {
    clientId: `${name}-phone`,
    changes: ids.map((id) => ({ table: 'aiMissions', id, op: 'insert', data })),
  };
}

/** Writes by every kind of route. Answers with a ticket that has been used. */
export async function writeCanaries(does: Does, sweep: () => Promise<unknown>): Promise<string> {
  const push = (appId: string, table: string, ...names: string[]) => {
    const data = { title: CANARY, contentMarkdown: CANARY, anything: { of: [CANARY] } };
    const changes = names.map((name) => {
      return { eventId: `${OF_A}-event-${name}`, table, id: `${OF_A}-${name}`, op: 'insert', data };
    });
    return does('POST', `/sync/${appId}`, { clientId: `${OF_A}-phone`, changes });
  };
  await push('notes', 'notes', 'note');
  await push('todo', 'tasks', 'task', 'gone');
  await push('crm', 'contacts', 'contact');
  await does('DELETE', `/api/records/todo/tasks/${OF_A}-gone`);
  await does('PUT', '/api/policy', { create_note: 'deny' });
  await does('POST', '/sync/ai', missionsOf(OF_A, CANARY));
  await sweep();
  await does('POST', `/api/proposals/${OF_A}-0-1-0/decision`, { decision: 'approve', feedback: CANARY });
  await does('POST', `/api/proposals/${OF_A}-0-1-1/decision`, { decision: 'reject', feedback: CANARY });
  await does('POST', `/api/missions/${OF_A}-1/iterations/${OF_A}-1-1/feedback`, { feedback: CANARY });
  await sweep();
  const { ticket } = (await does('POST', '/sync/ticket')) as { ticket: string };
  await does('GET', `/sync/stream?ticket=${ticket}`);
  return ticket;
}

/** Every id that this person has got, for others to ask with; and what goes around them. */
export async function materialOf(userId: string, ticket: string, does: Does): Promise<Material> {
  const { serverChanges: changes, syncedUntil } = (await does('GET', '/sync/pull?limit=5000')) as PullAnswer;
  const { proposals } = (await does('GET', '/api/proposals')) as { proposals: { hash: string }[] };
  const { tools } = (await does('GET', '/api/policy')) as { tools: { name: string }[] };
  if (changes.length <= 20) throw new Error('this person has too little to be found');

  const each = (member: 'id' | 'eventId' | 'appId' | 'table' | 'clientId') => [
    ...new Set(changes.map((change) => change[member])),
  ];
  const [ids, eventIds, apps, tables, clients] = (['id', 'eventId', 'appId', 'table', 'clientId'] as const).map(each);
  const ownClients = clients!.filter((id) => id !== 'server');
  const positions = ['1', '7', String(changes.length)];
  const cursors = positions.map((position) => syncedUntil.replace(/\d+$/, position));
  const times = ['2026-01-01T00:00:00Z', '2026-02-02T12:00:00.000+01:00'];
  const data: JsonObject[] = [
    { title: 'of B' },
    { title: 'of B', objective: 'of B' },
    { status: 'approved' },
    { missionId: `${OF_A}-0` },
  ];
  const stamped = (values: JsonObject) =>
    Object.fromEntries(
      Object.entries(values).map(([field, value], i) => [field, { value, updatedAt: times[i] ?? '' }]),
    );
  return {
    named: {
      ...{ appId: apps!, module: apps!, apps: [...apps!, apps!.join()] },
      ...{ table: tables!, collection: tables!, collections: [...tables!, tables!.join()] },
      ...{ id: ids!, missionId: ids!, iterationId: ids!, eventId: eventIds! },
      ...{ clientId: ownClients, 'X-Client-Id': ownClients, 'X-User-Id': [userId], schemaVersion: [1] },
      ...{ since: ['0', ...times, ...cursors], 'Last-Event-ID': cursors, before: positions, after: positions },
      ...{ ticket: [ticket], hash: proposals.map(({ hash }) => hash), key: tools.map(({ name }) => name) },
      ...{ deletedAt: times, timeZone: ['UTC', 'Europe/Berlin'], expression: ['0 9 * * *'] },
      ...{ data, fields: data.map(stamped), params: [{ title: 'of B' }, { id: `${OF_A}-task` }] },
      actor: [{ kind: 'user' }, { kind: 'ai', missionId: `${OF_A}-0`, rationale: 'of B' }],
    },
    texts: ['of B', ...ids!, ...eventIds!, ...clients!, ...cursors],
    addresses: [addressesIn(changes)],
  };
}

/** Where what these changes write is found. */
export function addressesIn(changes: WireChange[]): Record<string, string>[] {
  return changes.flatMap(({ appId, table, id, data }) => {
    const record = { appId, table, id };
    return table === 'aiIterations' && data ? [record, { id: String(data.missionId), iterationId: id }] : [record];
  });
}
