import { textOf } from '../../core/modules/reading.ts';
import type { Replica } from '../replica/open-replica.ts';

export interface MissionName {
  id: string;
  title: string;
}

/**
 * Of a collection the records that hold a value by a mission: by record id, the mission, for the badge `MadeBy`. A list asks
 * this once for all its records: `live(() => () => loadAttributed(replica, 'todo', 'tasks'))`.
 */
export async function loadAttributed(
  replica: Pick<Replica, 'listAttributed' | 'findRecord'>,
  appId: string,
  table: string,
): Promise<Map<string, MissionName>> {
  const attributed = await replica.listAttributed(appId, table);
  const names = new Map<string, MissionName>();
  for (const id of new Set(attributed.values())) {
    const mission = await replica.findRecord({ appId: 'ai', table: 'aiMissions', id });
    names.set(id, { id, title: (mission && textOf(mission, 'title')) ?? id });
  }
  return new Map([...attributed].map(([record, id]) => [record, names.get(id) ?? { id, title: id }]));
}
