import { checkActions } from '../../core/log/verify/check-actions.ts';
import { checkPlannedInTime, checkRecordedOnce, countCoalesced } from '../../core/log/verify/check-wants.ts';
import type { Violation } from '../../core/log/verify/violation.ts';
import type { Registry } from '../../core/modules/registry.ts';
import { type Database, operatorSession } from '../../database/database.ts';
import { actionHash } from '../../decisions/action-hash.ts';
import { LATEST_MS } from '../../runner/limits.ts';
import { compareMissions } from '../rebuild/compare-missions.ts';
import { comparePlanReads } from '../rebuild/compare-plan-reads.ts';
import type { Difference } from '../rebuild/difference.ts';
import { Findings } from '../rebuild/findings.ts';
import { readMissionsSnapshot } from '../rebuild/missions-snapshot.ts';
import { replayLog } from '../rebuild/replay-log.ts';
import { checkChain, type LinkAt } from './check-chain.ts';
import { checkPositions } from './check-positions.ts';
import { scanActions } from './scan-actions.ts';

export interface VerifyOptions {
  registry: Registry;
  /** A link that was kept elsewhere: the log must still have it. */
  expected?: LinkAt | undefined;
  /** Throws when the person wants no more. */
  checkInterrupt(): void;
  /** Called with the size of each batch of changes that was replayed. */
  onChanges(count: number): void;
}

/** A rule that does not hold; of a row of a projection, what it holds and what the log has. */
export type FoundViolation = Violation & { difference?: Difference };

export interface VerifyReport {
  user: string;
  changes: number;
  records: number;
  missions: number;
  /** Wants that were never planned by themselves, since a newer one came before they were begun. No fault. */
  coalescedWants: number;
  /** Of the end of the log: whoever keeps it can tell later whether the log up to there is still the same. */
  link: LinkAt | null;
  violated: number;
  /** The first thousand. */
  violations: FoundViolation[];
  milliseconds: number;
}

/**
 * Holds everything that must be true of a user's log and its projections against it, beside whoever writes: each check reads
 * one snapshot of its own, so it takes no lock, and calls nothing a violation that is only on its way.
 */
export async function verifyUser(
  db: Database,
  user: string,
  { registry, expected, checkInterrupt, onChanges }: VerifyOptions,
): Promise<VerifyReport> {
  const begun = performance.now();
  const session = operatorSession(user);
  const violations = new Findings<FoundViolation>();
  const addAll = (found: Violation[]) => {
    for (const violation of found) violations.add(violation);
  };
  const report = { user, changes: 0, records: 0, missions: 0, coalescedWants: 0 };

  const positions = await checkPositions(db, user);
  report.changes = positions.head;
  addAll(positions.violations);
  const chain = await checkChain(db, user, { expected, checkInterrupt });
  addAll(chain.violations);

  const differences = new Findings<Difference>();
  const onBatch = (count: number) => {
    checkInterrupt();
    onChanges(count);
  };
  await replayLog(db, session, { differences, onChanges: onBatch }, async ({ records }) => {
    report.records += records;
  });

  const missions = await readMissionsSnapshot(db, session, checkInterrupt);
  compareMissions(missions, differences);
  for (const id of missions.replay.ids()) {
    const wants = missions.replay.wantsOf(id);
    const row = missions.held.get(id);
    report.missions += 1;
    report.coalescedWants += countCoalesced(wants);
    addAll(checkRecordedOnce(id, wants));
    if (row) addAll(checkPlannedInTime(id, row, missions.now, LATEST_MS));
  }
  differences.addAll(await comparePlanReads(db, user));
  violations.addAll(asViolations(differences));

  const actions = checkActions(registry, actionHash);
  await scanActions(db, session, (changes) => {
    checkInterrupt();
    for (const change of changes) addAll(actions.see(change));
  });
  const { count, listed } = violations;
  return { ...report, link: chain.link, violated: count, violations: listed, milliseconds: performance.now() - begun };
}

function asViolations({ count, listed }: Findings<Difference>): Findings<FoundViolation> {
  const violations = new Findings<FoundViolation>();
  for (const difference of listed) {
    const message = `${difference.projection} ${difference.key}: ${MESSAGES[difference.kind]}`;
    violations.add({ rule: 'projection_differs', message, positions: [], difference });
  }
  violations.count = count;
  return violations;
}

const MESSAGES: Record<Difference['kind'], string> = {
  missing: 'the log has it, the projection not',
  phantom: 'the projection has it, the log not',
  differs: 'is not as the log has it',
};
