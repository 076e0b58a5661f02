import type { OutboxRow } from './database.ts';
import type { StampedRow } from './divide-at-latest.ts';

/**
 * A row of the outbox as its times are judged. Those of what a decision is foreseen to do are in no log, whatever has become
 * of the decision: the service stamps the effects. So they can always be given another time.
 */
export function toStampedRow({
  change,
  foreseen,
  state,
}: Pick<OutboxRow, 'change' | 'foreseen' | 'state'>): StampedRow {
  const written = foreseen ? foreseen.writes.map(({ fields }) => fields) : [change.fields ?? {}];
  return {
    times: written.flatMap((fields) => Object.values(fields).map(({ updatedAt }) => updatedAt)),
    isInTheLog: state === 'acknowledged' && foreseen === null,
  };
}
