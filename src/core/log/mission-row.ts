import type { Json } from '../json.ts';
import { nextRun } from '../missions/cadence.ts';
import { type FieldWrite, planWanted } from '../missions/plan-wanted.ts';
import { readMission } from '../planning/plan-request.ts';
import type { Actor } from './actor.ts';
import type { FieldMeta, FoldedRecord } from './merge.ts';

/** All that a mission's row is made from; of the records only what is named. */
export interface MissionRowMaterial {
  missionId: string;
  /** The folded `ai/aiMissions` record. */
  mission: Pick<FoldedRecord, 'data' | 'fieldMeta' | 'deletedAt'>;
  /** Its folded `ai/aiIterations` records in any order, the deleted ones too: their numbers are taken. */
  iterations: Pick<FoldedRecord, 'data' | 'fieldMeta'>[];
  /** Who made the change at a position: asked of the positions of `positionsToAttribute`. */
  actorAt(position: number): Actor | undefined;
  now: Date;
}

/** The columns of `missions`, but for those of a claim, which are at their defaults, and the place in the queue. */
export interface MissionRow {
  state: string;
  /** Undefined: the mission has no such field, as null in SQL. */
  cadence: Json | undefined;
  timeZone: string | null;
  deletedAt: string | null;
  replanOn: string | null;
  wanted: number;
  /** Also the want that was begun last. */
  planned: number;
  wantedAt: Date | null;
  /** When the cadence comes next, and thus when the row is due; null when a plan is wanted, and when none will be. */
  nextRunAt: Date | null;
  /** A plan is wanted: the row is to be placed in the queue. */
  isQueued: boolean;
}

/**
 * The row of a mission as its records tell it, for a log whose rows are missing: of a rebuild, or of an import. What was
 * planned is planned, what the newest iteration does not answer is wanted anew, and the cadence goes on from now: a run
 * that was missed meanwhile is not made up for, and neither is a change to an input that no plan has answered.
 */
export function missionRow({ missionId, mission, iterations, actorAt, now }: MissionRowMaterial): MissionRow {
  const { data, deletedAt } = mission;
  const write = (meta: FieldMeta | undefined): FieldWrite | undefined => {
    const actor = meta && actorAt(meta.position);
    return actor && { actor, position: meta.position, updatedAt: meta.updatedAt };
  };
  const writes = Object.entries(mission.fieldMeta).map(([field, meta]) => [field, write(meta)] as const);
  const state = textOf(data.state) ?? 'active';
  const isPlannable = state === 'active' && deletedAt === null;
  const isQueued =
    isPlannable &&
    planWanted({
      state: data.state,
      fields: Object.fromEntries(writes.filter((entry): entry is [string, FieldWrite] => entry[1] !== undefined)),
      iterations: iterations.map((iteration) => ({
        sawPosition: iteration.data.sawPosition,
        feedback: write(iteration.fieldMeta.feedback),
      })),
      missionId,
      replanOn: data.replanOn,
      inputs: [],
    }) !== null;
  const planned = iterations.reduce((greatest, { data }) => Math.max(greatest, wantOf(data.want)), 0);
  const read = readMission(missionId, data);
  // A mission comes into its cadence by its first plan.
  const goesOn = isPlannable && !isQueued && planned > 0 && read.ok;
  return {
    state,
    cadence: data.cadence,
    timeZone: textOf(data.timeZone),
    deletedAt,
    replanOn: textOf(data.replanOn),
    wanted: planned + Number(isQueued),
    planned,
    wantedAt: isQueued ? now : null,
    nextRunAt: goesOn ? nextRun(read.mission.cadence, read.mission.timeZone, now) : null,
    isQueued,
  };
}

/** The positions of the writes that decide whether a plan is wanted. */
export function positionsToAttribute({
  mission,
  iterations,
}: Pick<MissionRowMaterial, 'mission' | 'iterations'>): Set<number> {
  const feedback = iterations.flatMap(({ fieldMeta }) => (fieldMeta.feedback ? [fieldMeta.feedback] : []));
  return new Set([...Object.values(mission.fieldMeta), ...feedback].map(({ position }) => position));
}

/** As `->>` takes a value: any writer may have written something else than text. */
function textOf(value: Json | undefined): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function wantOf(value: Json | undefined): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}
