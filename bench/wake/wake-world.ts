import type { Change } from '../../src/core/log/change.ts';
import { appendChanges } from '../../src/database/append-changes.ts';
import { withUser } from '../../src/database/database.ts';
import { openPostgres } from '../../src/database/postgres/open-postgres.ts';
import { execute } from '../harness/execute.ts';

/** What the planner is given of each: linked records, the newest iterations, the steps of an iteration. */
export const INPUTS = 3;
export const ITERATIONS = 3;
export const STEPS = 2;

export function userId(user: number): string {
  return `user-${user}`;
}

export const MISSION_ID = 'trip';

/** A database that has been in use for a while: people with a mission each and its iterations; `settle` plans what waits. */
export async function fillWorld(url: string, users: number, settle: () => Promise<void>): Promise<void> {
  await createWorld(url, users);
  await settle();
  for (let iteration = 2; iteration <= ITERATIONS; iteration++) {
    await editAll(url, users, `A week by the sea, draft ${iteration}`);
    await settle();
  }
  // With statistics, and without the rubbish of its filling.
  await execute(url, ['vacuum analyze']);
}

/** Missions of the size that people write, with linked inputs; and the job of the floor. */
async function createWorld(url: string, users: number): Promise<void> {
  const db = openPostgres({ connectionString: url, poolSize: 2, onError: () => {} });
  try {
    for (let user = 0; user < users; user++) {
      await withUser(db, userId(user), (tx) => appendChanges(tx, userId(user), [...inputs(), mission()]));
    }
  } finally {
    await db.close();
  }
  await execute(url, [
    'create table bench_jobs (id int primary key, claims int not null default 0, claimed_at timestamptz)',
    'insert into bench_jobs (id) values (1)',
  ]);
}

/** Wants another plan of every mission. */
async function editAll(url: string, users: number, title: string): Promise<void> {
  const db = openPostgres({ connectionString: url, poolSize: 2, onError: () => {} });
  try {
    for (let user = 0; user < users; user++) {
      const edit: Change = { ...change('ai', 'aiMissions', MISSION_ID, { title }), op: 'update' };
      await withUser(db, userId(user), (tx) => appendChanges(tx, userId(user), [edit]));
    }
  } finally {
    await db.close();
  }
}

function mission(): Change {
  return change('ai', 'aiMissions', MISSION_ID, {
    title: 'A week by the sea',
    objective: 'Plan a week in Dalmatia with Ana in September, by train and ferry, for less than 900 euro.',
    conceptMarkdown: `# The trip\n\n${'We leave on a Saturday and want to see Split, Vis and Korcula without hurry. '.repeat(12)}\n`,
    inputs: [
      { appId: 'notes', table: 'notes', id: 'wishes' },
      { appId: 'notes', table: 'notes', id: 'budget' },
      { appId: 'todo', table: 'tasks', id: 'leave' },
    ],
    cadence: { kind: 'manual' },
    timeZone: 'Europe/Berlin',
    state: 'active',
  });
}

function inputs(): Change[] {
  return [
    change('notes', 'notes', 'wishes', {
      title: 'Wishes',
      contentMarkdown: 'Swim every morning; one day of walking. '.repeat(20),
    }),
    change('notes', 'notes', 'budget', {
      title: 'Budget',
      contentMarkdown: 'Ferry 60, train 240, rooms 420, food 150. '.repeat(10),
    }),
    change('todo', 'tasks', 'leave', { title: 'Ask for leave', completed: false }),
  ];
}

function change(appId: string, tableName: string, recordId: string, data: Change['data']): Change {
  return { appId, tableName, recordId, op: 'insert', data, actor: { kind: 'user' } };
}
