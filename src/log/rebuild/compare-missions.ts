import { compareColumns } from '../../core/log/compare-records.ts';
import { type HeldMission, mendMission } from '../../core/log/mend-mission.ts';
import type { Difference } from './difference.ts';
import type { Findings } from './findings.ts';
import type { MissionsSnapshot } from './missions-snapshot.ts';

/** The missions whose rows are not as the log has them: as they must be, or null for those it does not have. */
export function compareMissions(
  snapshot: MissionsSnapshot,
  differences: Findings<Difference>,
): Map<string, HeldMission | null> {
  const { replay, held, now } = snapshot;
  const differing = new Map<string, HeldMission | null>();
  for (const id of new Set([...replay.ids(), ...held.keys()])) {
    const expected = replay.rowOf(id, now);
    const row = held.get(id);
    const mended = expected ? mendMission(row, expected, now) : null;
    const fields = row && mended ? compareColumns(row, mended, Object.keys(mended)) : [];
    if (row && mended && fields.length === 0) continue;
    const kind = !row ? 'missing' : mended ? 'differs' : 'phantom';
    differences.add({ projection: 'missions', key: id, kind, fields });
    differing.set(id, mended);
  }
  return differing;
}
