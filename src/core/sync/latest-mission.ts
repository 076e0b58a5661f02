import type { AttributedRecord } from './attributed-record.ts';

/** The mission that wrote the latest of those values that a record still holds; null when none is by a mission. */
export function latestMission(record: AttributedRecord | null): string | null {
  const positions = Object.keys(record?.actors ?? {}).sort((a, b) => Number(b) - Number(a));
  for (const position of positions) {
    const actor = record?.actors[position];
    if (actor?.kind === 'ai') return actor.missionId;
  }
  return null;
}
