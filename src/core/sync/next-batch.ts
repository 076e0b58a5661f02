/** Of a row of the outbox, what decides when it may go. */
export interface OutboxEntry {
  appId: string;
  kind: 'change' | 'decision';
  /** `sending`: it went out, and may or may not have arrived. `acknowledged`: it is in the log and has not come back yet. */
  state: 'waiting' | 'sending' | 'acknowledged';
  /** The keys of the records that it changes or, a decision, is foreseen to change; of a decision first the proposal. */
  touches: string[];
  /** How long it is as JSON. */
  characters: number;
}

export interface BatchLimits {
  changes: number;
  characters: number;
}

/**
 * The rows to push next: the first that may go, and those of the same application that follow it. A change of a record
 * that a decision is foreseen to change waits until the decision's effects have arrived: the service stamps them when it
 * makes them, so the change is stamped anew after them, or it would lose to what it was made on top of.
 */
export function nextBatch<Entry extends OutboxEntry>(rows: Iterable<Entry>, limits: BatchLimits): Entry[] {
  const batch: Entry[] = [];
  const foreseen = new Set<string>();
  const held = new Set<string>();
  let characters = 0;
  for (const row of rows) {
    const mustWait = row.touches.some((key) => held.has(key) || (row.kind === 'change' && foreseen.has(key)));
    if (mustWait) for (const key of row.touches) held.add(key);
    else if (row.state !== 'acknowledged') {
      const first = batch[0];
      characters += row.characters;
      if (first && (first.appId !== row.appId || batch.length >= limits.changes || characters > limits.characters))
        break;
      batch.push(row);
    }
    if (row.kind === 'decision') for (const key of row.touches.slice(1)) foreseen.add(key);
  }
  return batch;
}
