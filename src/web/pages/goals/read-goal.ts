import { isDay } from '../../../core/modules/fields.ts';
import { compareText, fieldOf, nameOf, numberOf, textOf } from '../../../core/modules/reading.ts';
import type { RecordRow } from '../../replica/database.ts';

export interface ShownGoal {
  record: RecordRow;
  title: string;
  progress: number;
  target: number | undefined;
  unit: string;
  /** Of the target, 0 to 1; undefined without one. */
  share: number | undefined;
  isReached: boolean;
  /** `2026-03-31`; empty: none that can be read. */
  deadline: string;
  lastNote: string;
}

/** A goal's record as it is shown, whatever another client wrote into it. */
export function readGoal(record: RecordRow): ShownGoal {
  const progress = numberOf(record, 'progress') ?? 0;
  const target = numberOf(record, 'target');
  const isCounted = target !== undefined && target > 0;
  const deadline = fieldOf(record, 'deadline');
  return {
    record,
    title: nameOf(record, 'title'),
    progress,
    target: isCounted ? target : undefined,
    unit: textOf(record, 'unit') ?? '',
    share: isCounted ? Math.min(Math.max(progress / target, 0), 1) : undefined,
    isReached: isCounted && progress >= target,
    deadline: isDay(deadline) ? deadline : '',
    lastNote: textOf(record, 'lastProgressNote') ?? '',
  };
}

/** Goals as they are listed: what is still to be reached first, the earliest deadline first, those without one last. */
export function sortGoals(goals: readonly ShownGoal[]): ShownGoal[] {
  return goals.toSorted(
    (a, b) => Number(a.isReached) - Number(b.isReached) || compareText(a.deadline || '~', b.deadline || '~'),
  );
}
