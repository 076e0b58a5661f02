/** Puts what one iteration led to together, the iterations in the order of their first entry. */
export function groupByIteration<Entry extends { change: { actor: { iterationId: string } } }>(
  entries: readonly Entry[],
): { iterationId: string; entries: Entry[] }[] {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const { iterationId } = entry.change.actor;
    groups.set(iterationId, [...(groups.get(iterationId) ?? []), entry]);
  }
  return [...groups].map(([iterationId, members]) => ({ iterationId, entries: members }));
}
