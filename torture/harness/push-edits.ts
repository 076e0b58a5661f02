import type { Chance } from './chance.ts';
import { missionChanges } from './work.ts';
import type { World } from './world.ts';

/** Every device edits so many missions, all at the same time: each of these wants a plan. */
export async function pushEdits(
  { writers }: Pick<World, 'writers'>,
  chance: Chance,
  label: string,
  count: number,
): Promise<void> {
  const edits = writers.map((writer) => ({ writer, changes: missionChanges(chance, writer, label, count) }));
  await Promise.all(edits.map(({ writer, changes }) => writer.push('ai', changes)));
}
