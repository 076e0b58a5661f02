import type { Chance } from './chance.ts';
import { missionChanges, refusedChanges, taskChanges } from './work.ts';
import type { World } from './world.ts';

/** Every device pushes once, all at the same time; resolves when each was told for sure what came of it. */
export async function pushRound({ writers }: Pick<World, 'writers'>, chance: Chance, label: string): Promise<void> {
  const pushes = writers.map((writer) => {
    if (chance.percent(20)) return { writer, appId: 'ai', changes: missionChanges(chance, writer, label, 1) };
    const make = chance.percent(10) ? refusedChanges : taskChanges;
    return { writer, appId: 'todo', changes: make(chance, writer, label) };
  });
  await Promise.all(pushes.map(({ writer, appId, changes }) => writer.push(appId, changes)));
}
