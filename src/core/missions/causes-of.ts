import type { JsonObject } from '../json.ts';
import type { Actor } from '../log/actor.ts';

/**
 * The missions that a change is an effect of: of one made by an AI its mission, and those whose effects led to the plan that it
 * is a step of. `iteration`: the record that the actor names, where there is one. The twin of causes_of in db/functions.
 */
export function causesOf(actor: Actor, iteration: JsonObject | undefined): string[] {
  if (actor.kind !== 'ai') return [];
  const causedBy = Array.isArray(iteration?.causedBy) ? iteration.causedBy : [];
  return [actor.missionId, ...causedBy.filter((cause) => typeof cause === 'string')];
}
