import type { Actor } from '../core/log/actor.ts';
import type { ScannedChange } from '../log/scan-log.ts';

/** A change in one line for a person: `12  2026-11-23 04:05:06  user  update todo/tasks/t1  {"title":"Call"}`. */
export function describeScanned({ position, createdAt, actor, op, appId, tableName, recordId, data }: ScannedChange) {
  const at = createdAt.slice(0, 19).replace('T', ' ');
  return `${position}  ${at}  ${describeActor(JSON.parse(actor))}  ${op} ${appId}/${tableName}/${recordId}  ${shorten(data)}`;
}

/** Who, in a few words: `user`, `ai for m1`, `system (rule)`. */
export function describeActor(actor: Actor): string {
  if (actor.kind === 'ai') return `ai for ${actor.missionId}`;
  return actor.kind === 'system' ? `system (${actor.source})` : 'user';
}

function shorten(text: string): string {
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
