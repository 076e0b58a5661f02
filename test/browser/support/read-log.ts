import type { PullAnswer, WireChange } from '../../../src/core/sync/wire.ts';

/** The person's whole log, as any client reads it: GET /sync/pull. */
export async function readLog(url: string): Promise<WireChange[]> {
  const changes: WireChange[] = [];
  let since = '0';
  for (let hasMore = true; hasMore; ) {
    const response = await fetch(`${url}/sync/pull?since=${since}`);
    const answer = (await response.json()) as PullAnswer;
    changes.push(...answer.serverChanges);
    ({ hasMore, syncedUntil: since } = answer);
  }
  return changes;
}
