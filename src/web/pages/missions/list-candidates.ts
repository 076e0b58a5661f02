import type { InputRef } from '../../../core/missions/mission.ts';
import { isServerOwned } from '../../../core/modules/missions-module.ts';
import { defaultRegistry } from '../../../core/modules/registry.ts';
import type { Replica } from '../../replica/open-replica.ts';

/** A record that can be an input of a mission. */
export interface InputCandidate extends InputRef {
  label: string;
}

/** The records of every module that a person keeps, as its collections name them; the newest of each first. */
export async function listCandidates(replica: Replica): Promise<InputCandidate[]> {
  const collections = defaultRegistry.modules.flatMap(({ appId, collections }) =>
    Object.entries(collections)
      .filter(([table]) => !isServerOwned(appId, table) && table !== 'aiPolicy')
      .map(([table, { label }]) => ({ appId, table, label })),
  );
  const lists = collections.map(async ({ appId, table, label }) => {
    const records = await replica.listRecords(appId, table);
    return records.reverse().map((record) => ({ appId, table, id: record.id, label: label(record) }));
  });
  return (await Promise.all(lists)).flat();
}
