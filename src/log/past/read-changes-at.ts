import type { Database, Session } from '../../database/database.ts';
import { type ScannedChange, scanLog } from '../scan-log.ts';

/** The changes of the session's user at these positions, in their order; those that the log does not have are left out. */
export async function readChangesAt(db: Database, session: Session, positions: number[]): Promise<ScannedChange[]> {
  const changes: ScannedChange[] = [];
  for (const position of [...new Set(positions)].sort((a, b) => a - b)) {
    await scanLog(db, session, { after: position - 1, upTo: position }, (found) => void changes.push(...found));
  }
  return changes;
}
