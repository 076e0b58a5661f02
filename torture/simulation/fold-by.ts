import { emptyRecord, type writeWins } from '../../src/core/log/merge.ts';
import type { MergeBuild } from './merge.ts';

/** The fold with another law of which write wins. */
export function foldBy(wins: typeof writeWins): MergeBuild['fold'] {
  return (record, { data, fieldTimestamps, clientId, position }) => {
    const folded = record ?? emptyRecord(position);
    folded.firstPosition = Math.min(folded.firstPosition, position);
    folded.lastPosition = Math.max(folded.lastPosition, position);
    for (const [field, updatedAt] of Object.entries(fieldTimestamps)) {
      const write = { updatedAt, clientId, position };
      const held = Object.hasOwn(folded.fieldMeta, field) ? folded.fieldMeta[field] : undefined;
      if (held && !wins(write, held)) continue;
      setOwn(folded.fieldMeta, field, write);
      if (field === 'deletedAt') folded.deletedAt = data.deletedAt as string | null;
      else setOwn(folded.data, field, data[field]);
    }
    return folded;
  };
}

/** Also where the field is called `__proto__`. */
function setOwn(object: object, field: string, value: unknown): void {
  Object.defineProperty(object, field, { value, configurable: true, enumerable: true, writable: true });
}
