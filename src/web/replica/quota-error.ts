/** Nothing was stored: the browser gives this site no more room. */
export interface StorageFull {
  ok: false;
  reason: 'storage_full';
}

/** What comes of storing something, where there is room for it. */
export async function orStorageFull<T>(store: () => Promise<T>): Promise<T | StorageFull> {
  try {
    return await store();
  } catch (error) {
    if (isQuotaError(error)) return { ok: false, reason: 'storage_full' };
    throw error;
  }
}

/**
 * Whether something failed because the browser gives this site no more storage. Dexie hands such an error on under its own
 * name, or as the cause of a transaction that was aborted, or among those of a bulk operation.
 */
export function isQuotaError(error: unknown): boolean {
  for (const cause of causesOf(error, 4)) if (nameOf(cause) === 'QuotaExceededError') return true;
  return false;
}

function* causesOf(error: unknown, depth: number): Generator<unknown> {
  if (typeof error !== 'object' || error === null || depth === 0) return;
  yield error;
  const { inner, cause, failures } = error as { inner?: unknown; cause?: unknown; failures?: unknown };
  yield* causesOf(inner, depth - 1);
  yield* causesOf(cause, depth - 1);
  if (Array.isArray(failures)) for (const failure of failures) yield* causesOf(failure, depth - 1);
}

function nameOf(error: unknown): string {
  return String((error as { name?: unknown }).name);
}
