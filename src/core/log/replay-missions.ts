import type { Json } from '../json.ts';
import { type Actor, USER } from './actor.ts';
import { emptyRecord, type FoldableChange, type FoldedRecord, foldInto } from './merge.ts';
import { type MissionRow, missionRow } from './mission-row.ts';

/** A change of `ai/aiMissions` or `ai/aiIterations`. */
export type MissionChange = FoldableChange & { tableName: string; recordId: string; actor: Actor };

export interface MissionsReplay {
  fold(change: MissionChange): void;
  /** The ids of all missions of the log. */
  ids(): Iterable<string>;
  /** The mission's row as the log tells it; undefined: the log has no such mission. */
  rowOf(missionId: string, now: Date): MissionRow | undefined;
  /** The want numbers that the mission's iterations bear, each with where in the log these iterations begin. */
  wantsOf(missionId: string): Map<number, number[]>;
}

/** Of an iteration no more is kept, so that a log of many takes little memory: never its plan. */
const OF_ITERATIONS = ['missionId', 'want', 'sawPosition', 'feedback'];

/** Folds the changes of missions and iterations, in any order, into what the projection `missions` is made from. */
export function replayMissions(): MissionsReplay {
  const missions = new Map<string, FoldedRecord>();
  const iterations = new Map<string, FoldedRecord>();
  /** By position; where there is none, it was the person. */
  const actors = new Map<number, Actor>();
  let byMission: ReturnType<typeof groupByMission> | null = null;

  /** Grouped once, after the last change. */
  function iterationsOf(missionId: string): [string, FoldedRecord][] {
    byMission ??= groupByMission(iterations);
    return byMission.get(missionId) ?? [];
  }

  return {
    fold(change) {
      byMission = null;
      const isMission = change.tableName === 'aiMissions';
      const records = isMission ? missions : iterations;
      const held = records.get(change.recordId) ?? emptyRecord(change.position);
      records.set(change.recordId, held);
      const kept = isMission ? change : { ...change, fieldTimestamps: pick(change.fieldTimestamps, OF_ITERATIONS) };
      foldInto(held, kept);
      const isAsked = isMission || Object.hasOwn(kept.fieldTimestamps, 'feedback');
      if (isAsked && change.actor.kind !== 'user') actors.set(change.position, change.actor);
    },

    ids: () => missions.keys(),

    rowOf(missionId, now) {
      const mission = missions.get(missionId);
      return (
        mission &&
        missionRow({
          missionId,
          mission,
          iterations: iterationsOf(missionId).map(([, iteration]) => iteration),
          actorAt: (position) => actors.get(position) ?? USER,
          now,
        })
      );
    },

    wantsOf(missionId) {
      const wants = new Map<number, number[]>();
      for (const [, { data, firstPosition }] of iterationsOf(missionId)) {
        const { want } = data;
        if (typeof want === 'number' && Number.isSafeInteger(want)) {
          wants.set(want, [...(wants.get(want) ?? []), firstPosition]);
        }
      }
      return wants;
    },
  };
}

function groupByMission(iterations: Map<string, FoldedRecord>): Map<Json | undefined, [string, FoldedRecord][]> {
  const groups: ReturnType<typeof groupByMission> = new Map();
  for (const iteration of iterations) {
    const { missionId } = iteration[1].data;
    const group = groups.get(missionId);
    if (group) group.push(iteration);
    else groups.set(missionId, [iteration]);
  }
  return groups;
}

function pick(times: Record<string, string>, fields: string[]): Record<string, string> {
  return Object.fromEntries(fields.flatMap((field) => (Object.hasOwn(times, field) ? [[field, times[field]!]] : [])));
}
