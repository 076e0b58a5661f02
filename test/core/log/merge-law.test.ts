import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FoldableChange, type FoldedRecord, foldChange, writeWins } from '../../../src/core/log/merge.ts';
import { canonical, clientId, history, type LoggedWrite, logOf, recordKey } from './histories.ts';

type Fold = (record: FoldedRecord | undefined, change: FoldableChange) => FoldedRecord;

const RUNS = 1_000;

/** A log, and the same changes as a client might receive them: in any order, some of them again. */
const deliveries = history.chain((changes) => {
  const log = logOf(changes);
  return fc.record({
    log: fc.constant(log),
    received: fc
      .tuple(fc.shuffledSubarray(log, { minLength: log.length }), fc.array(fc.constantFrom(...log), { maxLength: 8 }))
      .chain(([all, again]) => fc.shuffledSubarray([...all, ...again], { minLength: all.length + again.length })),
  });
});

describe('any delivery of the same changes ends in the same records', () => {
  test('in any order, with any repetition', () => {
    fc.assert(anyDelivery(foldChange), { numRuns: RUNS });
  });

  test('the test would notice a law that decides ties by arrival', () => {
    expect(fc.check(anyDelivery(foldByArrival), { numRuns: RUNS }).failed).toBe(true);
  });

  test('in any grouping: what a replica has folded so far counts as the writes that it holds', () => {
    fc.assert(
      fc.property(deliveries, fc.integer({ min: 0, max: 24 }), ({ log, received }, cut) => {
        const [left, right] = [foldAll(received.slice(0, cut)), foldAll(received.slice(cut))];
        const merged = new Map(right);
        for (const [key, record] of left)
          merged.set(key, writesOf(record).reduce(foldChange, merged.get(key)) as FoldedRecord);
        expect(bytes(merged)).toBe(bytes(foldAll(log)));
      }),
      { numRuns: RUNS },
    );
  });

  test('the fold changes neither the record nor the change that it is given', () => {
    fc.assert(
      fc.property(history, (changes) => {
        const log = logOf(changes);
        const before = canonical(log);
        let record: FoldedRecord | undefined;
        for (const change of log) {
          const held = canonical(record ?? null);
          const next = foldChange(record, change);
          expect(canonical(record ?? null)).toBe(held);
          record = next;
        }
        expect(canonical(log)).toBe(before);
      }),
      { numRuns: 200 },
    );
  });
});

describe('deletion', () => {
  test('a write stamped before a delete never revives the record, whatever comes in whatever order', () => {
    fc.assert(
      fc.property(deliveries, fc.nat(), ({ log, received }, where) => {
        // Later than any stamp of the generated histories, with a clock that is a minute ahead.
        const at = '2025-03-01T10:01:00.000Z';
        const deletes = [...new Map(log.map((change) => [recordKey(change), change])).values()].map(
          (change, n): LoggedWrite => ({
            ...change,
            data: { deletedAt: at },
            fieldTimestamps: { deletedAt: at },
            position: log.length + n + 1,
          }),
        );
        const withDeletes = [...received];
        deletes.forEach((change, n) => {
          withDeletes.splice((where + n * 7) % (withDeletes.length + 1), 0, change);
        });
        for (const record of foldAll(withDeletes).values()) expect(record.deletedAt).toBe(at);
      }),
      { numRuns: RUNS },
    );
  });

  const inserted = write(1, { title: 'A', deletedAt: null }, '2025-03-01T10:00:00.000Z');
  const deleted = write(2, { deletedAt: '2025-03-01T11:00:00.000Z' }, '2025-03-01T11:00:00.000Z');

  test('a later edit is kept and does not revive the record, a later insert does', () => {
    const edited = [inserted, deleted, write(3, { title: 'B' }, '2025-03-01T12:00:00.000Z')].reduce(
      foldChange,
      undefined!,
    );
    expect(edited).toMatchObject({ deletedAt: '2025-03-01T11:00:00.000Z', data: { title: 'B' } });
    expect(foldChange(edited, write(4, { title: 'C', deletedAt: null }, '2025-03-01T13:00:00.000Z'))).toMatchObject({
      deletedAt: null,
      data: { title: 'C' },
    });
  });

  test('deletedAt is kept out of data, its write in fieldMeta', () => {
    const record = [inserted, deleted].reduce(foldChange, undefined!);
    expect(record.data).toEqual({ title: 'A' });
    expect(record.fieldMeta.deletedAt).toEqual({ updatedAt: '2025-03-01T11:00:00.000Z', clientId: 'a', position: 2 });
  });
});

describe('fields', () => {
  test('a change that writes nothing still makes the record and moves its positions', () => {
    const first = foldChange(undefined, { ...write(5, {}, ''), fieldTimestamps: {} });
    expect(first).toEqual({ data: {}, fieldMeta: {}, deletedAt: null, firstPosition: 5, lastPosition: 5 });
    expect(foldChange(first, { ...write(3, {}, ''), fieldTimestamps: {} })).toMatchObject({
      firstPosition: 3,
      lastPosition: 5,
    });
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s is a field like any other', (name) => {
    const record = foldChange(
      undefined,
      write(1, Object.fromEntries([[name, { polluted: true }]]), '2025-03-01T10:00:00.000Z'),
    );
    expect(Object.keys(record.data)).toEqual([name]);
    expect(Object.keys(record.fieldMeta)).toEqual([name]);
    expect(Object.getPrototypeOf(record.data)).toBe(Object.prototype);
    expect('polluted' in record.data).toBe(false);
    const older = foldChange(record, write(2, Object.fromEntries([[name, 'old']]), '2025-03-01T09:00:00.000Z'));
    expect(canonical(older.data)).toBe(canonical(record.data));
  });

  test('a named field that data leaves out is written as null', () => {
    const record = foldChange(undefined, {
      ...write(1, {}, ''),
      fieldTimestamps: { title: '2025-03-01T10:00:00.000Z' },
    });
    expect(record.data).toEqual({ title: null });
  });
});

describe('writeWins', () => {
  const meta = fc.record({
    updatedAt: fc.constantFrom('2025-03-01T10:00:00.000Z', '2025-03-01T10:00:00.001Z'),
    clientId,
    position: fc.integer({ min: 1, max: 3 }),
  });

  test('is a total order: of two different writes exactly one wins, and winning carries over', () => {
    fc.assert(
      fc.property(meta, meta, meta, (a, b, c) => {
        expect(writeWins(a, a)).toBe(false);
        if (canonical(a) !== canonical(b)) expect(writeWins(a, b)).toBe(!writeWins(b, a));
        if (writeWins(a, b) && writeWins(b, c)) expect(writeWins(a, c)).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });

  test.each([
    ['\u{10000}', '\uffff'],
    ['a\u{10000}', 'a\ue000'],
    ['\u{1f601}', '\u{1f600}'],
    ['\u{1f600}\ue000', '\u{1f600}'],
    ['ab', 'a'],
    ['a', 'Z'],
    ['a', ''],
  ])('the client id %j beats %j at the same time: by code point, as in Postgres', (greater, lesser) => {
    const at = { updatedAt: '2025-03-01T10:00:00.000Z', position: 1 };
    expect(writeWins({ ...at, clientId: greater }, { ...at, clientId: lesser, position: 9 })).toBe(true);
    expect(writeWins({ ...at, clientId: lesser, position: 9 }, { ...at, clientId: greater })).toBe(false);
  });
});

function anyDelivery(fold: Fold) {
  return fc.property(deliveries, ({ log, received }) => {
    expect(bytes(foldAll(received, fold))).toBe(bytes(foldAll(log, fold)));
  });
}

function foldAll(changes: LoggedWrite[], fold: Fold = foldChange): Map<string, FoldedRecord> {
  const records = new Map<string, FoldedRecord>();
  for (const change of changes) records.set(recordKey(change), fold(records.get(recordKey(change)), change));
  return records;
}

function bytes(records: Map<string, FoldedRecord>): string {
  return canonical(Object.fromEntries(records));
}

/** A folded record as changes again: the winning write of each field, and the positions that it spans. */
function writesOf(record: FoldedRecord): FoldableChange[] {
  const span = [record.firstPosition, record.lastPosition].map((position) => ({
    data: {},
    fieldTimestamps: {},
    clientId: '',
    position,
  }));
  const writes = Object.entries(record.fieldMeta).map(([field, meta]) => ({
    data: field === 'deletedAt' ? { deletedAt: record.deletedAt } : record.data,
    fieldTimestamps: Object.fromEntries([[field, meta.updatedAt]]),
    clientId: meta.clientId,
    position: meta.position,
  }));
  return [...span, ...writes];
}

/** The negative control: of two writes of the same time the one that arrives later wins. */
function foldByArrival(record: FoldedRecord | undefined, change: FoldableChange): FoldedRecord {
  const held = record?.fieldMeta ?? {};
  const winning = Object.entries(change.fieldTimestamps).filter(
    ([field, at]) => !Object.hasOwn(held, field) || at >= held[field]!.updatedAt,
  );
  const others = Object.entries(held).filter(([field]) => !winning.some(([winner]) => winner === field));
  const emptied = record && { ...record, fieldMeta: Object.fromEntries(others) };
  return foldChange(emptied, { ...change, fieldTimestamps: Object.fromEntries(winning) });
}

function write(position: number, data: FoldableChange['data'], at: string): FoldableChange {
  const fieldTimestamps = Object.fromEntries(Object.keys(data).map((field) => [field, at]));
  return { data, fieldTimestamps, clientId: 'a', position };
}
