import assert from 'node:assert/strict';
import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { defaultRegistry } from '../../src/core/modules/registry.ts';
import { type Database, userSession } from '../../src/database/database.ts';
import { verifyUser } from '../../src/log/verify/verify-user.ts';
import { type RealService, serviceCommands } from './commands.ts';
import { type ExpectedService, newExpectedService } from './expected-service.ts';

/** Does the same to the service and to what is expected of it, in random orders; throws the shortest that differs, with its seed. */
export async function checkService(
  db: Database,
  {
    runs,
    newUser,
    seed,
    namesEvents = true,
  }: { runs: number; newUser(): string; seed?: number; namesEvents?: boolean },
): Promise<void> {
  const property = fc.asyncProperty(fc.commands(serviceCommands(), { maxCommands: 25 }), async (commands) => {
    const expected = newExpectedService();
    const real: RealService = { db, user: newUser(), cursors: [{ kind: 'start' }, { kind: 'start' }], namesEvents };
    await fc.asyncModelRun(() => ({ model: expected, real }), commands);
    await expectSame(expected, real);
  });
  await fc.assert(property, { numRuns: runs, endOnFailure: false, ...(seed === undefined ? {} : { seed }) });
}

async function expectSame(expected: ExpectedService, { db, user }: RealService): Promise<void> {
  const session = userSession(user);
  const log = await db.run<{ position: number; clientId: string }>(
    session,
    sql`select position, client_id as "clientId" from sync_changes order by position`,
  );
  assert.deepEqual(
    log.map(({ position, clientId }) => [position, clientId]),
    expected.log.map(({ client }, n) => [n + 1, client]),
  );
  const tasks = await db.run<{ id: string; title: string }>(
    session,
    sql`select record_id as id, data ->> 'title' as title from records where app_id = 'todo' and deleted_at is null order by 1`,
  );
  const made = expected.proposals.filter(({ status, isUndone }) => status === 'approved' && !isUndone);
  const titles = [...expected.titles].map(([id, { title }]) => [id, title]);
  const all = [...made.map(({ id }) => [id, 'Buy milk']), ...titles];
  assert.deepEqual(
    tasks.map(({ id, title }) => [id, title]),
    all.sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1)),
  );
  const proposals = await db.run<{ id: string; status: string }>(
    session,
    sql`select record_id as id, data ->> 'status' as status from records where table_name = 'aiProposals' order by first_position`,
  );
  assert.deepEqual(
    proposals,
    expected.proposals.map(({ id, status }) => ({ id, status })),
  );
  const { violations } = await verifyUser(db, user, {
    registry: defaultRegistry,
    checkInterrupt: () => {},
    onChanges: () => {},
  });
  assert.deepEqual(violations, []);
}
