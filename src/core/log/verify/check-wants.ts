import type { HeldMission } from '../mend-mission.ts';
import type { Violation } from './violation.ts';

/** The want numbers of a mission's iterations, each with where in the log these begin. */
export type RecordedWants = Map<number, number[]>;

/** Each want has one iteration, never two. */
export function checkRecordedOnce(missionId: string, wants: RecordedWants): Violation[] {
  return [...wants]
    .filter(([, positions]) => positions.length > 1)
    .map(([want, positions]) => {
      const message = `want ${want} of mission ${missionId} has ${positions.length} iterations`;
      return { rule: 'want_recorded_twice', message, positions };
    });
}

/** How many wants below the newest that is planned have no iteration: a newer one came before they were begun. */
export function countCoalesced(wants: RecordedWants): number {
  let newest = 0;
  let recorded = 0;
  for (const want of wants.keys()) {
    newest = Math.max(newest, want);
    recorded += Number(want >= 1);
  }
  return newest - recorded;
}

/** No want of an active mission waits for longer than `latestMs` for somebody to come for it. */
export function checkPlannedInTime(missionId: string, row: HeldMission, now: Date, latestMs: number): Violation[] {
  const isActive = row.state === 'active' && row.deleted_at === null;
  if (!isActive || row.wanted <= row.planned) return [];
  const since = waitsSince(row);
  if (since === null || now.getTime() - since <= latestMs) return [];
  const message = `want ${row.wanted} of mission ${missionId} waits for a runner since ${new Date(since).toISOString()}`;
  return [{ rule: 'want_not_planned', message, positions: [] }];
}

/** Since when somebody was to come: the end of a lease, the time of the next attempt, or the place in the queue. */
function waitsSince({ queue_at, due_at, wanted_at }: HeldMission): number | null {
  if (due_at !== null) return Date.parse(due_at);
  if (queue_at === null) return null;
  return Math.max(Date.parse(queue_at), wanted_at === null ? 0 : Date.parse(wanted_at));
}
