import { loadAttributed, type MissionName } from '../attribution/load-attributed.ts';
import type { RecordRow } from '../replica/database.ts';
import { live } from '../session/live.svelte.ts';
import { session } from '../session/session.svelte.ts';

/** The records of a collection, kept up to date. */
export interface Collection {
  /** In the order of their making; undefined until they are read. */
  readonly records: RecordRow[] | undefined;
  /** The mission that made or changed a record. */
  missionOf(id: string): MissionName | undefined;
}

/** To be made while a component is set up, and gone with it. */
export function openCollection(appId: string, table: string): Collection {
  const records = live(() => {
    const { replica } = session;
    return () => replica.listRecords(appId, table);
  });
  const missions = live(() => {
    const { replica } = session;
    return () => loadAttributed(replica, appId, table);
  });
  return {
    get records() {
      return records.current;
    },
    missionOf: (id) => missions.current?.get(id),
  };
}
