import type { Json, JsonObject } from '../../src/core/json.ts';
import { emptyRecord, type FoldableChange, type FoldedRecord, foldInto } from '../../src/core/log/merge.ts';
import { type AttributedRecord, mergeAttributed } from '../../src/core/sync/attributed-record.ts';
import { type Draws, drawsOf } from './draws.ts';
import { type Counted, type Law, simulate } from './simulate.ts';

/** A change of a record: for each field its value and the tick of its time. */
export interface Write {
  collection: string;
  client: string;
  fields: [name: string, value: Json, tick: number][];
}

/** What is simulated; a control brings one that is broken. */
export interface MergeBuild {
  /** May change the record that it is given. */
  fold(record: FoldedRecord | undefined, change: FoldableChange): FoldedRecord;
  /** What tells records apart. */
  keyOf(write: Pick<Write, 'collection'>): string;
}

export const MERGE: MergeBuild = {
  fold(record, change) {
    const folded = record ?? emptyRecord(change.position);
    foldInto(folded, change);
    return folded;
  },
  keyOf: ({ collection }) => `${collection}/r1`,
};

/**
 * Any order, any repetition and any grouping of the same changes end in the same records, which hold of each field the greatest
 * write by (time, client, position), as an oracle of its own finds it; and no write from before a delete revives a record.
 */
export function simulateMerge(seed: number, count: number, build = MERGE): Promise<Counted> {
  return simulate(mergeLaw(build), seed, count);
}

/** In the order of their code points, which is not that of their UTF-16 units. */
const CLIENTS = ['a', 'a\uffff', 'a\u{10000}', 'b', '\ue000', '\u{1f600}'];
const FIELDS = ['title', 'state', 'deletedAt'];
const TICKS = 3;
const STAMPS = Array.from({ length: TICKS + 1 }, (_, tick) => new Date(Date.UTC(2025, 2, 1) + tick).toISOString());
const AFTER_ALL = STAMPS[TICKS] as string;

function mergeLaw(build: MergeBuild): Law<{ delivery: number }, Write> {
  return {
    name: 'merge',
    draw: (draws) => ({
      setup: { delivery: draws.below(2 ** 31) },
      events: Array.from({ length: 2 + draws.below(5) }, () => drawWrite(draws)),
    }),
    judge({ setup, events }) {
      const log = events.map((write, index) => ({
        key: build.keyOf(write),
        write,
        change: toChange(write, index + 1),
      }));
      const draws = drawsOf(setup.delivery);
      const received = draws.shuffle([...log, ...log.filter(() => draws.percent(30))]);
      const inOrder = foldAll(build, log);
      const broken =
        differsFromOracle(inOrder, events) ??
        differ('another order', inOrder, foldAll(build, received)) ??
        differ('another grouping', inOrder, foldGrouped(build, received, draws.below(received.length + 1)));
      if (broken !== null) return broken;
      const deleted = log.map(({ key, write }) => ({ key, write, change: DELETE }));
      for (const one of deleted) received.splice(draws.below(received.length + 1), 0, one);
      for (const [key, { deletedAt }] of foldAll(build, received)) {
        if (deletedAt !== AFTER_ALL) return `${key} was deleted last and is revived`;
      }
      return null;
    },
  };
}

interface Logged {
  key: string;
  change: FoldableChange;
}

/** By a client that is before all others, so that its time alone makes it the last. */
const DELETE: FoldableChange = {
  data: { deletedAt: AFTER_ALL },
  fieldTimestamps: { deletedAt: AFTER_ALL },
  clientId: '',
  position: 100,
};

function drawWrite(draws: Draws): Write {
  const first = draws.below(FIELDS.length);
  const fields = [FIELDS[first] as string];
  if (draws.percent(40)) fields.push(FIELDS[(first + 1) % FIELDS.length] as string);
  // Seldom, since it makes an object slow.
  if (draws.percent(2)) fields.push('__proto__');
  return {
    collection: draws.pick(['todo/tasks', 'notes/notes']),
    client: draws.pick(CLIENTS),
    fields: fields.map((name) => [
      name,
      name === 'deletedAt' ? draws.pick([null, STAMPS[0] as string]) : draws.below(100),
      draws.below(TICKS),
    ]),
  };
}

function toChange({ client, fields }: Write, position: number): FoldableChange {
  return {
    data: Object.fromEntries(fields.map(([name, value]) => [name, value])) as JsonObject,
    fieldTimestamps: Object.fromEntries(fields.map(([name, , tick]) => [name, STAMPS[tick] as string])),
    clientId: client,
    position,
  };
}

function foldAll(build: MergeBuild, changes: readonly Logged[]): Map<string, FoldedRecord> {
  const records = new Map<string, FoldedRecord>();
  for (const { key, change } of changes) records.set(key, build.fold(records.get(key), change));
  return records;
}

/** Folds two parts apart, and merges the first into the second. */
function foldGrouped(build: MergeBuild, changes: readonly Logged[], cut: number): Map<string, FoldedRecord> {
  const [left, right] = [foldAll(build, changes.slice(0, cut)), foldAll(build, changes.slice(cut))];
  for (const [key, record] of left) {
    const other = right.get(key);
    right.set(key, other ? mergeAttributed(attributed(other), attributed(record)) : record);
  }
  return right;
}

function attributed(record: FoldedRecord): AttributedRecord {
  return { ...record, actors: {} };
}

/** Finds the winner of each field by looking at all its writes, and knows nothing of how the product does it. */
function differsFromOracle(records: Map<string, FoldedRecord>, events: readonly Write[]): string | null {
  const winners = new Map<string, { at: [number, number, number]; value: Json }>();
  events.forEach(({ collection, client, fields }, index) => {
    for (const [name, value, tick] of fields) {
      const key = `${collection}/r1 ${name}`;
      const at: [number, number, number] = [tick, CLIENTS.indexOf(client), index + 1];
      const held = winners.get(key);
      if (!held || isAfter(at, held.at)) winners.set(key, { at, value });
    }
  });
  for (const [key, { at, value }] of winners) {
    const [address, name] = key.split(' ') as [string, string];
    const record = records.get(address);
    const held = name === 'deletedAt' ? record?.deletedAt : record?.data[name];
    const meta = record && Object.hasOwn(record.fieldMeta, name) ? record.fieldMeta[name] : undefined;
    if (held !== value || meta?.position !== at[2])
      return `${key} is ${JSON.stringify(held)} by ${meta?.position}, and not ${value} by ${at[2]}`;
  }
  return null;
}

function isAfter(a: readonly number[], b: readonly number[]): boolean {
  for (let n = 0; n < a.length; n++) if (a[n] !== b[n]) return (a[n] as number) > (b[n] as number);
  return false;
}

function differ(what: string, expected: Map<string, FoldedRecord>, held: Map<string, FoldedRecord>): string | null {
  if (expected.size !== held.size) return `${what} ends in ${held.size} records, not in ${expected.size}`;
  for (const [key, record] of expected) {
    const other = held.get(key);
    if (!other || !isSame(record, other)) {
      return `${what} ends in ${JSON.stringify(other)}, not in ${JSON.stringify(record)}`;
    }
  }
  return null;
}

/** All that a record holds; said without texts, which take most of the time of a history. */
function isSame(a: FoldedRecord, b: FoldedRecord): boolean {
  if (a.deletedAt !== b.deletedAt || a.firstPosition !== b.firstPosition || a.lastPosition !== b.lastPosition)
    return false;
  const fields = Object.keys(a.fieldMeta);
  if (fields.length !== Object.keys(b.fieldMeta).length) return false;
  if (Object.keys(a.data).length !== Object.keys(b.data).length) return false;
  return fields.every((field) => {
    const [one, other] = [a.fieldMeta[field], Object.hasOwn(b.fieldMeta, field) ? b.fieldMeta[field] : undefined];
    return (
      one?.position === other?.position &&
      one?.updatedAt === other?.updatedAt &&
      one?.clientId === other?.clientId &&
      (field === 'deletedAt' || a.data[field] === b.data[field])
    );
  });
}
