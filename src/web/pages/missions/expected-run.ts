import { nextRun, nextRuns } from '../../../core/missions/cadence.ts';
import type { MissionFacts } from './read-mission.ts';

/**
 * When the cadence plans a mission next, as the runner reckons it: from `cadenceFrom` on. A time that is
 * over means that it is due, and happens once as soon as the service can. Null when it is not planned by itself: it
 * rests, is planned by hand or quarantined, or was never planned and so does not wait for a time.
 */
export function expectedRun({ state, cadence, timeZone }: MissionFacts, cadenceFrom: Date | null): Date | null {
  if (state !== 'active' || cadence === null || timeZone === null || cadenceFrom === null) return null;
  return nextRun(cadence, timeZone, cadenceFrom);
}

/** The runs that follow after a time, earliest first; none where it is not planned by itself. */
export function runsAfter({ cadence, timeZone }: MissionFacts, after: Date, count: number): Date[] {
  return cadence === null || timeZone === null ? [] : nextRuns(cadence, timeZone, after, count);
}
