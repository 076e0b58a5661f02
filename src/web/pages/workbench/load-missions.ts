import { textOf } from '../../../core/modules/reading.ts';
import type { Replica } from '../../replica/open-replica.ts';

export interface MissionOption {
  id: string;
  title: string;
}

/** The missions to choose among, by title; `id`, where it is none of them, is that of a deleted one. */
export async function loadMissions(
  replica: Pick<Replica, 'listRecords' | 'findRecord'>,
  id: string,
): Promise<MissionOption[]> {
  const records = await replica.listRecords('ai', 'aiMissions');
  const chosen = id === '' ? undefined : await replica.findRecord({ appId: 'ai', table: 'aiMissions', id });
  const all = chosen?.deleted ? [...records, chosen] : records;
  const options = all.map((mission) => ({ id: mission.id, title: textOf(mission, 'title') ?? mission.id }));
  return options.sort((a, b) => a.title.localeCompare(b.title));
}
