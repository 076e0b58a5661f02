// The story of the README in the terminal: a mission, its plan, a decision, a task that says where it came from, an
// edit, a new plan. Everything goes over HTTP to a real service with an embedded database in a folder of its own.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { readConfig } from '../src/config.ts';
import { startService } from '../src/service.ts';

interface Mission {
  id: string;
  wanted: number;
  planned: number;
}
interface Proposal {
  id: string;
  summary: string;
  rationale: string;
  hash: string;
}

const folder = mkdtempSync(join(tmpdir(), 'pg-missions-demo-'));
const { LLM_BASE_URL, LLM_API_KEY, LLM_MODEL } = process.env;
const read = readConfig({
  DATA_DIR: join(folder, 'data'),
  PORT: '0',
  LOG_LEVEL: 'silent',
  LLM_BASE_URL,
  LLM_API_KEY,
  LLM_MODEL,
});
if (!read.ok) {
  console.error(read.problems.join('\n'));
  process.exit(1);
}

const service = await step('Start the service with a new embedded database', () =>
  startService(read.config, pino({ level: 'silent' })),
);
show(`${service.url}, planner: ${service.plannerModel}`);
try {
  await story();
} finally {
  await service.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function story(): Promise<void> {
  const mission = await step('Write a mission', () =>
    call<Mission>('POST', '/api/missions', {
      title: 'Move to Lisbon',
      objective: 'Be settled in Lisbon by summer',
      conceptMarkdown:
        '- [ ] Give notice on the flat by 31 March\n- [ ] Compare three moving companies\n- Farewell dinner on 20 April at 19:30',
    }),
  );
  await step('Its plan is there', () => planned(mission.id));
  const proposals = await pending(mission.id);
  for (const { summary, rationale } of proposals) show(`${summary}\n      why: ${rationale}`);

  const [first] = proposals;
  if (!first) throw new Error('the plan is empty');
  const approved = await step(`Approve "${first.summary}"`, () =>
    call<{ records: { appId: string; table: string; id: string }[] }>('POST', `/api/proposals/${first.id}/decision`, {
      decision: 'approve',
      hash: first.hash,
    }),
  );
  const [record] = approved.records;
  if (!record) throw new Error('the approval made no record');
  const task = await step('Read the record and who made it', () =>
    call<{ data: unknown; attribution: Record<string, { actor: unknown }> }>(
      'GET',
      `/api/records/${record.appId}/${record.table}/${record.id}`,
    ),
  );
  show(JSON.stringify(task.data));
  show(`title: ${JSON.stringify(task.attribution.title?.actor)}`);

  await step('Edit the mission', () =>
    call('PATCH', `/api/missions/${mission.id}`, {
      conceptMarkdown: '- [ ] Compare three moving companies\n- [ ] Cancel the electricity tomorrow',
    }),
  );
  await step('It is planned again, and the undecided old proposals are superseded', () => planned(mission.id));
  for (const { summary } of await pending(mission.id)) show(summary);
}

/** Waits until the newest want of the mission is planned. */
async function planned(id: string): Promise<void> {
  for (;;) {
    const mission = await call<Mission>('GET', `/api/missions/${id}`);
    if (mission.planned === mission.wanted) return;
    await delay(2);
  }
}

async function pending(missionId: string): Promise<Proposal[]> {
  const query = `status=pending&missionId=${missionId}`;
  return (await call<{ proposals: Proposal[] }>('GET', `/api/proposals?${query}`)).proposals.reverse();
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${service.url}${path}`, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

async function step<T>(what: string, act: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await act();
  console.log(`${(performance.now() - began).toFixed(0).padStart(6)} ms  ${what}`);
  return result;
}

function show(text: string): void {
  console.log(`           ${text}`);
}
