import { type Database, operatorSession } from '../../database/database.ts';
import type { Difference } from './difference.ts';
import { Findings } from './findings.ts';
import { mendRecords } from './mend-records.ts';
import { rebuildMissions } from './rebuild-missions.ts';
import { replayLog } from './replay-log.ts';

export type Projection = 'records' | 'missions';

export interface RebuildOptions {
  /** Absent: both. */
  only?: Projection | undefined;
  /** Writes nothing. */
  isDryRun: boolean;
  /** Throws when the person wants no more; called where stopping leaves nothing half done. */
  checkInterrupt(): void;
  /** Called with the size of each batch of changes that was replayed. */
  onChanges(count: number): void;
}

export interface RebuildReport {
  user: string;
  /** Replayed; where the records did not fit into memory, some more than once. */
  changes: number;
  records: number;
  missions: number;
  /** How many rows were not as the log has them. */
  differing: number;
  /** The first thousand of them. */
  differences: Difference[];
  milliseconds: number;
}

/**
 * Folds the whole log of a user again, in TypeScript, and puts right what the projections hold otherwise. While it reads,
 * nobody waits; only for what differs is the user's log locked, for as long as it takes to fold in what came since and
 * write these rows. It plans nothing, wakes nobody and notifies nobody.
 */
export async function rebuildUser(db: Database, user: string, options: RebuildOptions): Promise<RebuildReport> {
  const { only, isDryRun, checkInterrupt, onChanges } = options;
  const begun = performance.now();
  const differences = new Findings<Difference>();
  const report = { user, changes: 0, records: 0, missions: 0 };
  if (only !== 'missions') {
    const replay = {
      differences,
      onChanges(count: number) {
        checkInterrupt();
        report.changes += count;
        onChanges(count);
      },
    };
    await replayLog(db, operatorSession(user), replay, async (part) => {
      report.records += part.records;
      if (!isDryRun) await mendRecords(db, user, part, checkInterrupt);
    });
  }
  if (only !== 'records') {
    const { missions, found } = await rebuildMissions(db, user, options);
    report.missions = missions;
    differences.addAll(found);
  }
  const { count, listed } = differences;
  return { ...report, differing: count, differences: listed, milliseconds: performance.now() - begun };
}
