import type { Actor } from '../log/actor.ts';

/** The write that a field's value is from. `position`: its place in the log; null while it is on its way there. */
export interface FieldWrite {
  actor: Actor;
  position: number | null;
  updatedAt: string;
}

/** A write of what the newest plan was made from. `causes`: the missions that it is an effect of; see `causes_of.sql`. */
export interface InputWrite extends FieldWrite {
  causes: readonly string[];
}

export interface PlanWantedMaterial {
  /** The mission's state as its record has it; a mission without one is active. */
  state: unknown;
  /** Of every field of the mission. */
  fields: Record<string, FieldWrite>;
  /** The mission's iterations, in any order, with the write of the feedback of each. */
  iterations: { sawPosition: unknown; feedback: FieldWrite | undefined }[];
  missionId: string;
  /** The mission's own field: only with `inputs` do those want anything. */
  replanOn: unknown;
  /** What changed of that which the newest plan was made from, since that looked. */
  inputs: InputWrite[];
}

/** What the newest of the writes that want the plan did; `created`: the mission was never planned. */
export type WantReason = 'created' | 'edited' | 'resumed' | 'run_requested' | 'feedback' | 'input_changed';

export interface PlanWant {
  reason: WantReason;
  /** Of the newest write; null: it has not reached the service yet. */
  position: number | null;
  updatedAt: string;
}

/**
 * Whether a plan of a mission is wanted that no iteration answers yet, worked out from the records alone, as
 * `fold_mission.sql`, `fold_iteration.sql` and `raise_input_wants.sql` do from the log: the person wrote what plans are
 * made from after the newest iteration looked, or what that was made from changed and the mission asks to be planned
 * for it. Null when nothing is wanted. A write that left a value as it was counts too, though the log
 * wants nothing then: only the log knows what stood there before. Runs of the cadence are not wants of the person.
 */
export function planWanted(material: PlanWantedMaterial): PlanWant | null {
  const { state, fields, iterations } = material;
  if ((state ?? 'active') !== 'active') return null;
  const seen = Math.max(0, ...iterations.map(({ sawPosition }) => (isPosition(sawPosition) ? sawPosition : 0)));
  const wants: PlanWant[] = [];
  for (const [field, write] of Object.entries(fields)) {
    const reason = REASONS.get(field);
    if (reason && mayWant(write.actor) && isAfter(write, seen)) wants.push(toWant(write, reason));
  }
  for (const { feedback } of iterations) {
    if (feedback?.actor.kind === 'user' && isAfter(feedback, seen)) wants.push(toWant(feedback, 'feedback'));
  }
  for (const write of material.inputs) {
    if (wantsForInput(write, material, seen)) wants.push(toWant(write, 'input_changed'));
  }
  const newest = wants.reduce<PlanWant | null>(
    (best, want) => (best && order(best) >= order(want) ? best : want),
    null,
  );
  return newest && iterations.length === 0 ? { ...newest, reason: 'created' } : newest;
}

/** The fields of `planning_fields.sql`, and the state, whose becoming active wants a plan too. */
const REASONS: ReadonlyMap<string, WantReason> = new Map([
  ['title', 'edited'],
  ['objective', 'edited'],
  ['conceptMarkdown', 'edited'],
  ['inputs', 'edited'],
  ['cadence', 'edited'],
  ['timeZone', 'edited'],
  ['state', 'resumed'],
  ['runRequestedAt', 'run_requested'],
]);

/** From when the mission asked for it on, and never for an effect of its own. */
function wantsForInput(write: InputWrite, { replanOn, fields, missionId }: PlanWantedMaterial, seen: number): boolean {
  if (replanOn !== 'inputs' || write.causes.includes(missionId)) return false;
  if (write.actor.kind === 'system' && write.actor.source === 'mission-runner') return false;
  return isAfter(write, Math.max(seen, fields.replanOn?.position ?? 0));
}

function mayWant(actor: Actor): boolean {
  return actor.kind === 'user' || (actor.kind === 'system' && actor.source !== 'mission-runner');
}

function isAfter({ position }: FieldWrite, seen: number): boolean {
  return position === null || position > seen;
}

function toWant({ position, updatedAt }: FieldWrite, reason: WantReason): PlanWant {
  return { reason, position, updatedAt };
}

function order({ position }: PlanWant): number {
  return position ?? Number.POSITIVE_INFINITY;
}

function isPosition(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value);
}
