import type { Change } from '../../src/core/log/change.ts';
import { appendChanges } from '../../src/database/append-changes.ts';
import { withUser } from '../../src/database/database.ts';
import { openPostgres } from '../../src/database/postgres/open-postgres.ts';
import { execute } from '../harness/execute.ts';

const USERS = 100;

/** People with missions that were all planned today and want their next plan tomorrow. */
export async function scheduleMissions(url: string, adminUrl: string, missions: number): Promise<void> {
  const db = openPostgres({ connectionString: url, poolSize: 1, onError: () => {} });
  const users = Math.min(USERS, missions);
  const each = Math.ceil(missions / users);
  try {
    for (let user = 0; user < users; user++) {
      const userId = `user-${user}`;
      await withUser(db, userId, (tx) =>
        appendChanges(
          tx,
          userId,
          Array.from({ length: each }, (_, n) => mission(n)),
        ),
      );
    }
  } finally {
    await db.close();
  }
  await execute(adminUrl, [
    `update missions set begun = wanted, planned = wanted, queue_at = null,
       next_run_at = now() + interval '1 day', due_at = now() + interval '1 day'`,
    'vacuum analyze',
  ]);
}

function mission(number: number): Change {
  return {
    appId: 'ai',
    tableName: 'aiMissions',
    recordId: `mission-${number}`,
    op: 'insert',
    data: {
      title: `Mission ${number}`,
      objective: 'Keep the house in order.',
      conceptMarkdown: '- [ ] Look what is to be done',
      cadence: { kind: 'daily', time: '07:00' },
      timeZone: 'UTC',
      state: 'active',
    },
    actor: { kind: 'user' },
  };
}
