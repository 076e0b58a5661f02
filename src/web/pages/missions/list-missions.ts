import type { JsonObject } from '../../../core/json.ts';
import { causesOf } from '../../../core/missions/causes-of.ts';
import { type InputWrite, type PlanWant, planWanted } from '../../../core/missions/plan-wanted.ts';
import { readsOf } from '../../../core/planning/reads.ts';
import { objectOr } from '../../../core/tolerant.ts';
import { dateOf } from '../../charts/date-of.ts';
import { readChangedInputs } from '../../proposals/read-inputs.ts';
import type { RecordRow } from '../../replica/database.ts';
import type { Replica } from '../../replica/open-replica.ts';
import { isQuarantined } from './is-quarantined.ts';
import { type MissionFacts, readMission } from './read-mission.ts';

/** A mission in the list. */
export interface MissionOverview {
  mission: MissionFacts;
  /** Whether something of it has not reached the service. */
  pending: boolean;
  /** The plan that is wanted now; null: none. */
  want: PlanWant | null;
  /** When the newest iteration ended; null before the first, and where its cadence rests. */
  cadenceFrom: Date | null;
  isQuarantined: boolean;
  /** Whether the newest iteration came to no plan, and not because the person stopped it. */
  lastFailed: boolean;
  /** How many of its proposals wait to be decided. */
  proposals: number;
}

/** Every mission, the newest first. */
export async function listMissions(replica: Replica): Promise<MissionOverview[]> {
  const [missions, iterations, proposals] = await Promise.all([
    replica.listRecords('ai', 'aiMissions'),
    replica.listRecords('ai', 'aiIterations'),
    replica.listPendingProposals(),
  ]);
  const iterationsOf = byMission(iterations);
  const proposalsOf = byMission(proposals);
  const overviews = missions.map(async (record): Promise<MissionOverview> => {
    const own = iterationsOf.get(record.id) ?? [];
    const last = own.at(-1);
    return {
      mission: readMission(record),
      pending: record.pending,
      want: await findWant(replica, record, own),
      ...cadenceOf(last),
      lastFailed:
        last?.data.overallStatus === 'failed' && objectOr<JsonObject>(last.data.error, {}).reason !== 'stopped',
      proposals: proposalsOf.get(record.id)?.length ?? 0,
    };
  });
  return (await Promise.all(overviews)).reverse();
}

/** From when the cadence of a mission with this newest iteration counts, if it does. */
export function cadenceOf(newest: RecordRow | undefined): { cadenceFrom: Date | null; isQuarantined: boolean } {
  const rests = isQuarantined(newest);
  return { cadenceFrom: rests ? null : dateOf(newest?.data.finishedAt), isQuarantined: rests };
}

/** The plan that a mission wants now, as its records tell. */
export async function findWant(
  replica: Replica,
  mission: RecordRow,
  iterations: RecordRow[],
): Promise<PlanWant | null> {
  const fields = (await replica.explainRecord(mission)) ?? {};
  const answered = iterations.map(async (iteration) => ({
    sawPosition: iteration.data.sawPosition,
    feedback: 'feedback' in iteration.data ? (await replica.explainRecord(iteration))?.feedback : undefined,
  }));
  const { state, replanOn } = mission.data;
  return planWanted({
    ...{ missionId: mission.id, state, fields, replanOn },
    iterations: await Promise.all(answered),
    inputs: replanOn === 'inputs' ? await readInputWrites(replica, iterations) : [],
  });
}

/** What changed of that which the newest plan was made from, and what that is an effect of. */
async function readInputWrites(replica: Replica, iterations: RecordRow[]): Promise<InputWrite[]> {
  const newest = iterations.findLast(({ data }) => readsOf(data) !== null);
  const changed = newest ? await readChangedInputs(replica, newest) : [];
  return Promise.all(
    changed.map(async ({ write }) => {
      const { actor } = write;
      const iteration =
        actor.kind === 'ai' ? await replica.getRecord('ai', 'aiIterations', actor.iterationId) : undefined;
      return { ...write, causes: causesOf(actor, iteration?.data) };
    }),
  );
}

function byMission(records: RecordRow[]): Map<unknown, RecordRow[]> {
  const groups = new Map<unknown, RecordRow[]>();
  for (const record of records) {
    const group = groups.get(record.data.missionId);
    if (group) group.push(record);
    else groups.set(record.data.missionId, [record]);
  }
  return groups;
}
