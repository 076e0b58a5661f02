// Plans that are written back together, whatever becomes of each.
import { sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { type Database, userSession } from '../../src/database/database.ts';
import { releaseClaim } from '../../src/runner/claim.ts';
import { recordPlans } from '../../src/runner/record-plans.ts';
import { createRecorder } from '../../src/runner/recorder.ts';
import { newUser, onBothEngines } from '../support/engines.ts';
import { iterationsOf, missionRow, proposalsOf, writeMission } from '../support/missions.ts';
import { claimOf, planFor, refusedFor } from './write-back.ts';

onBothEngines((engine) => {
  const ids = async (user: string) => (await iterationsOf(engine().db, user)).map(({ id }) => id);
  const nothingOf = async (user: string, id: string) => {
    expect(await iterationsOf(engine().db, user)).toEqual([]);
    expect(await missionRow(engine().db, user, id)).toMatchObject({ planned: 0 });
  };
  const archive = (user: string, id: string) => writeMission(engine().db, user, id, { state: 'archived' }, 'update');

  describe('one transaction', () => {
    test('records two plans of one user, in their order and without a gap', async () => {
      const user = newUser();
      const first = await claimOf(engine().db, user, 'm1');
      const second = await claimOf(engine().db, user, 'm2');
      const written = [planFor(second), planFor(first)];
      expect(await recordPlans(engine().db, written, null)).toEqual(['recorded', 'recorded']);
      expect(await ids(user)).toEqual(['m2-1', 'm1-1']);
      const rows = await engine().db.run<{ position: number }>(
        userSession(user),
        sql`select position from sync_changes order by position`,
      );
      expect(rows.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5, 6]);
      for (const id of ['m1', 'm2']) {
        expect(await missionRow(engine().db, user, id)).toMatchObject({ wanted: 1, planned: 1, claimed: false });
      }
    });

    test('records plans of two users, each in its own log', async () => {
      const [one, other] = [newUser(), newUser()];
      const written = [
        planFor(await claimOf(engine().db, one, 'm1')),
        planFor(await claimOf(engine().db, other, 'm1')),
      ];
      expect(await recordPlans(engine().db, written, null)).toEqual(['recorded', 'recorded']);
      for (const user of [one, other]) {
        expect(await ids(user)).toEqual(['m1-1']);
        expect(await proposalsOf(engine().db, user)).toHaveLength(1);
      }
    });

    test('supersedes of each mission only its own older proposals', async () => {
      const user = newUser();
      const before = [planFor(await claimOf(engine().db, user, 'm1')), planFor(await claimOf(engine().db, user, 'm2'))];
      await recordPlans(engine().db, before, null);
      await writeMission(engine().db, user, 'm1', { title: 'Other' }, 'update');
      const again = planFor(await claimOf(engine().db, user, 'm1', { write: false }));
      const failed = { ...planFor(await claimOf(engine().db, user, 'm3')), failed: true };
      expect(await recordPlans(engine().db, [again, failed], null)).toEqual(['recorded', 'recorded']);
      expect((await proposalsOf(engine().db, user)).map(({ id, status }) => `${id} ${status}`)).toEqual([
        'm1-1-0 superseded',
        'm2-1-0 pending',
        'm1-2-0 pending',
        'm3-1-0 pending',
      ]);
    });

    test('passes over the plan whose claim was lost, and the one whose mission was edited', async () => {
      const [user, other] = [newUser(), newUser()];
      const lost = await claimOf(engine().db, user, 'lost');
      const edited = await claimOf(engine().db, user, 'edited');
      const kept = await claimOf(engine().db, user, 'kept');
      const alone = await claimOf(engine().db, other, 'alone');
      await writeMission(engine().db, user, 'edited', { title: 'Other' }, 'update');
      await releaseClaim(engine().db, lost, {});
      const written = [lost, edited, kept, alone].map(planFor);
      expect(await recordPlans(engine().db, written, null)).toEqual([
        'claim_lost',
        'mission_edited',
        'recorded',
        'recorded',
      ]);
      expect(await ids(user)).toEqual(['kept-1']);
      expect(await missionRow(engine().db, user, 'edited')).toMatchObject({
        claimed: false,
        queued: true,
        attempts: 0,
      });
      for (const id of ['lost', 'edited']) await archive(user, id);
    });

    test('records a claim once, however often it is named', async () => {
      const user = newUser();
      const plan = planFor(await claimOf(engine().db, user, 'm1'));
      expect(await recordPlans(engine().db, [plan, { ...plan }], null)).toEqual(['recorded', 'claim_lost']);
      expect(await ids(user)).toEqual(['m1-1']);
    });

    test('writes nothing of any when the database refuses one', async () => {
      const [user, other] = [newUser(), newUser()];
      const good = planFor(await claimOf(engine().db, user, 'm1'));
      const bad = refusedFor(await claimOf(engine().db, other, 'm1'));
      await expect(recordPlans(engine().db, [good, bad], null)).rejects.toThrow();
      await nothingOf(user, 'm1');
      await nothingOf(other, 'm1');
      expect(await recordPlans(engine().db, [good], null)).toEqual(['recorded']);
      await archive(other, 'm1');
    });
  });

  describe('the recorder', () => {
    const counted = () => {
      const seen = { statements: 0 };
      const db: Database = {
        ...engine().db,
        run(session, statement) {
          seen.statements += 1;
          return engine().db.run(session, statement);
        },
      };
      return { db, seen };
    };

    test('writes what is finished at the same moment in one statement', async () => {
      const users = [newUser(), newUser(), newUser()];
      const claims = [];
      for (const user of users) claims.push(await claimOf(engine().db, user, 'm1'));
      const { db, seen } = counted();
      const recorder = createRecorder(db, systemClock);
      const outcomes = await Promise.all(claims.map((claim) => recorder.record(planFor(claim))));
      expect(outcomes).toEqual(['recorded', 'recorded', 'recorded']);
      expect(seen.statements).toBe(1);
      for (const user of users) expect(await ids(user)).toEqual(['m1-1']);
    });

    test('lets a plan that the database refuses fail by itself', async () => {
      const [user, other] = [newUser(), newUser()];
      const bad = refusedFor(await claimOf(engine().db, user, 'bad'));
      const good = planFor(await claimOf(engine().db, user, 'good'));
      const alone = planFor(await claimOf(engine().db, other, 'alone'));
      const recorder = createRecorder(engine().db, systemClock);
      const outcomes = await Promise.allSettled([bad, good, alone].map((plan) => recorder.record(plan)));
      expect(outcomes).toMatchObject([
        { status: 'rejected' },
        { status: 'fulfilled', value: 'recorded' },
        { status: 'fulfilled', value: 'recorded' },
      ]);
      expect(await ids(user)).toEqual(['good-1']);
      expect(await ids(other)).toEqual(['alone-1']);
      await archive(user, 'bad');
    });
  });
});
