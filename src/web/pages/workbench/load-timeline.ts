import type { Registry } from '../../../core/modules/registry.ts';
import { type Origin, originOf } from '../../attribution/origin-of.ts';
import { type AiChange, keyOf } from '../../replica/database.ts';
import type { Replica } from '../../replica/open-replica.ts';
import { describeChange, type ToldChange } from './describe-change.ts';
import { groupByIteration } from './group-by-iteration.ts';

export interface TimelineQuery {
  missionId?: string;
  appId?: string;
  /** How many changes at most. */
  limit: number;
}

export interface TimelineEntry extends ToldChange {
  change: AiChange;
  origin: Origin;
}

export interface Timeline {
  iterations: { iterationId: string; entries: TimelineEntry[] }[];
  /** Whether there are earlier changes. */
  hasMore: boolean;
}

/** What AI actors did, by iteration, the newest first, in words and with how it came about. To be called in a live query. */
export async function loadTimeline(
  replica: Pick<Replica, 'listAiChanges' | 'findRecord'>,
  registry: Registry,
  { limit, ...filter }: TimelineQuery,
): Promise<Timeline> {
  const changes = await replica.listAiChanges({ ...filter, limit: limit + 1 });
  const records = remembering(replica);
  const entries = await Promise.all(
    changes.slice(0, limit).map(async (change): Promise<TimelineEntry> => {
      const [record, origin] = await Promise.all([records.findRecord(change), originOf(records, change.actor)]);
      return { change, origin, ...describeChange(change, record?.data, registry) };
    }),
  );
  return { iterations: groupByIteration(entries), hasMore: changes.length > limit };
}

/** Looks each record up once: many changes have the same mission and iteration. */
function remembering(replica: Pick<Replica, 'findRecord'>): Pick<Replica, 'findRecord'> {
  const found = new Map<string, ReturnType<Replica['findRecord']>>();
  return {
    findRecord(ref) {
      const known = found.get(keyOf(ref)) ?? replica.findRecord(ref);
      found.set(keyOf(ref), known);
      return known;
    },
  };
}
