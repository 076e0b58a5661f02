import type { Json, JsonObject } from '../../core/json.ts';
import { nameOf, textOf } from '../../core/modules/reading.ts';
import type { Registry } from '../../core/modules/registry.ts';
import type { RecordRef, RecordRow } from '../replica/database.ts';
import type { Preview } from '../replica/decide.ts';
import type { Replica } from '../replica/open-replica.ts';
import type { ShownProposal } from './read-proposal.ts';
import { readSubject } from './read-subject.ts';

/** What a card has to look up. */
export interface CardContent {
  /** The mission's title; undefined where the mission is gone or not here yet. */
  mission: string | undefined;
  /** The name of the record that the step makes or changes. */
  subject: string | undefined;
  /** What would follow from an approval; undefined when it is decided already. */
  preview: { ok: true; records: PreviewedRecord[] } | Extract<Preview, { ok: false }> | undefined;
}

/** A record as it would be. */
export interface PreviewedRecord extends RecordRef {
  name: string;
  isNew: boolean;
  changes: FieldChange[];
}

export interface FieldChange {
  field: string;
  /** Undefined for a field that the record does not have yet. */
  before: Json | undefined;
  after: Json;
  /** Of a text that only gets longer: what is added to it. */
  added?: string;
}

type Reads = Pick<Replica, 'getRecord' | 'findRecord' | 'previewProposal'>;

/** Looks up what the card of a proposal shows. Reads only, so that it can be a live query. */
export async function readCard(replica: Reads, registry: Registry, proposal: ShownProposal): Promise<CardContent> {
  const { id, missionId, status } = proposal;
  const [mission, preview, subject] = await Promise.all([
    replica.getRecord('ai', 'aiMissions', missionId),
    status === 'pending' ? replica.previewProposal(id) : undefined,
    readSubject(replica, registry, proposal),
  ]);
  return {
    mission: mission && textOf(mission, 'title'),
    subject,
    preview: preview?.ok ? { ok: true, records: await previewRecords(replica, registry, preview.effects) } : preview,
  };
}

/** The effects of a proposal as records, each change beside what stands there now. */
export async function previewRecords(
  replica: Pick<Replica, 'getRecord'>,
  registry: Registry,
  effects: Extract<Preview, { ok: true }>['effects'],
): Promise<PreviewedRecord[]> {
  return Promise.all(
    effects.map(async ({ appId, table, id, op, data }) => {
      const current = op === 'insert' ? undefined : await replica.getRecord(appId, table, id);
      const record = { id, data: { ...current?.data, ...data } };
      const defaults = current ? {} : defaultsOf(registry, appId, table);
      const changes = Object.entries(data)
        .filter(([field, after]) => !isSame(after, current ? current.data[field] : (defaults[field] ?? null)))
        .map(([field, after]) => changeOf(field, current?.data[field], after));
      const name = labelOf(registry, { appId, table, ...record });
      return { appId, table, id, name, isNew: current === undefined, changes };
    }),
  );
}

function changeOf(field: string, before: Json | undefined, after: Json): FieldChange {
  const isLonger = typeof before === 'string' && typeof after === 'string' && before.trim() !== '';
  if (!isLonger || !after.startsWith(before.trimEnd())) return { field, before, after };
  return { field, before, after, added: after.slice(before.trimEnd().length).trim() };
}

function labelOf(registry: Registry, record: Pick<RecordRow, 'appId' | 'table' | 'id' | 'data'>): string {
  return registry.collection(record.appId, record.table)?.label(record) ?? nameOf(record, 'title');
}

/** What a new record has without anybody's saying so, which is not worth a line. */
function defaultsOf(registry: Registry, appId: string, table: string): JsonObject {
  const shape = registry.collection(appId, table)?.schema.shape ?? {};
  const entries = Object.entries(shape).map(([field, schema]) => {
    const parsed = (schema as { safeParse(value: unknown): { data?: unknown } }).safeParse(undefined);
    return [field, parsed.data as Json | undefined] as const;
  });
  return Object.fromEntries(entries.filter((entry): entry is [string, Json] => entry[1] !== undefined));
}

function isSame(a: Json, b: Json | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b ?? null);
}
