import { normaliseStamp } from '../log/stamp.ts';

/** A place in a person's log: everything up to `position` has been seen, in the log that `epoch` names. */
export interface Cursor {
  epoch: string;
  position: number;
}

/** From where a client asks for changes: from the start, from after a cursor, or from a time on (normalised). */
export type Since = { kind: 'start' } | ({ kind: 'cursor' } & Cursor) | { kind: 'time'; at: string };

/** `<epoch>.<position>`: opaque to clients, and safe in a URL and in an SSE `id:` as it is. */
export function formatCursor({ epoch, position }: Cursor): string {
  return `${epoch}.${position}`;
}

/** A cursor as formatCursor writes it, or null. */
export function parseCursor(text: string): Cursor | null {
  const [, epoch, digits] = /^([0-9a-f]{10})\.(0|[1-9]\d{0,15})$/.exec(text) ?? [];
  const position = Number(digits);
  return epoch !== undefined && Number.isSafeInteger(position) ? { epoch, position } : null;
}

/** Reads `since`: absent, empty and `0` mean from the start; a cursor; or a time, ISO 8601 with an offset. Null: none of these. */
export function parseSince(text: string | undefined): Since | null {
  if (text === undefined || text === '' || text === '0') return { kind: 'start' };
  const cursor = parseCursor(text);
  if (cursor) return { kind: 'cursor', ...cursor };
  const at = normaliseStamp(text);
  return at === null ? null : { kind: 'time', at };
}
