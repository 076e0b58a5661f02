import type { LoggedChange } from './change.ts';
import { SCHEMA_VERSION } from './change.ts';

/** A change as an archive holds it. `link`: of the log that it was read from; see docs/log.md. */
export type ArchivedChange = Omit<LoggedChange, 'userId'> & { link?: string };

/**
 * Brings a change of one schema version to the next: what it does to `data` it does to `fieldTimestamps` as well, so that
 * these name the same fields. It sets no version.
 */
export type Upcaster = (change: ArchivedChange) => ArchivedChange;

/** By the version that each takes; there is none as long as SCHEMA_VERSION is 1. */
export const UPCASTERS: ReadonlyMap<number, Upcaster> = new Map();

export type UpcastResult =
  | { ok: true; change: ArchivedChange }
  | { ok: false; reason: 'newer_build' | 'unknown_version' };

/** A change of any older schema version as this build would have written it; one of this version as it is. */
export function upcast(
  change: ArchivedChange,
  upcasters: ReadonlyMap<number, Upcaster> = UPCASTERS,
  to: number = SCHEMA_VERSION,
): UpcastResult {
  if (change.schemaVersion > to) return { ok: false, reason: 'newer_build' };
  let upcasted = change;
  while (upcasted.schemaVersion < to) {
    const upcaster = upcasters.get(upcasted.schemaVersion);
    if (!upcaster) return { ok: false, reason: 'unknown_version' };
    upcasted = { ...upcaster(upcasted), schemaVersion: upcasted.schemaVersion + 1 };
  }
  return { ok: true, change: upcasted };
}
