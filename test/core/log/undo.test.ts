import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import type { Op } from '../../../src/core/log/change.ts';
import { type FoldableChange, type FoldedRecord, foldChange } from '../../../src/core/log/merge.ts';
import { undoRecord } from '../../../src/core/log/undo.ts';
import { history, logOf, recordKey } from './histories.ts';

type Step = [op: Op, data: JsonObject];

/** A log of one record, a minute between its changes. */
function logOfSteps(...steps: Step[]): FoldableChange[] {
  return appendTo(
    [],
    steps.map(([op, data]) => ({ op, data })),
  );
}

function appendTo(log: FoldableChange[], changes: { op: Op; data: JsonObject }[]): FoldableChange[] {
  const longer = [...log];
  for (const { op, data } of changes) longer.push(complete(longer, op, data));
  return longer;
}

/** What the log makes of a change without times: db/functions/admit_change.sql. */
function complete(log: FoldableChange[], op: Op, data: JsonObject): FoldableChange {
  const position = Math.max(0, ...log.map((change) => change.position)) + 1;
  const at = new Date(Date.UTC(2026, 0, 1, 0, position)).toISOString();
  const written: JsonObject =
    op === 'delete' ? { deletedAt: at } : op === 'insert' ? { ...data, deletedAt: null } : data;
  return {
    data: written,
    fieldTimestamps: Object.fromEntries(Object.keys(written).map((field) => [field, at])),
    clientId: 'server',
    position,
  };
}

function undo(log: FoldableChange[], ...taken: number[]) {
  const undone = undoRecord(log, (position) => taken.includes(position));
  const after = appendTo(log, undone.changes);
  return { ...undone, after, now: fold(after) };
}

function fold(log: FoldableChange[]): FoldedRecord {
  return log.reduce<FoldedRecord | undefined>(foldChange, undefined) as FoldedRecord;
}

describe('of one record', () => {
  test('a field goes back to what it was', () => {
    const { outcome, back, kept, now } = undo(
      logOfSteps(['insert', { title: 'A', notes: 'n' }], ['update', { title: 'B' }]),
      2,
    );
    expect({ outcome, back, kept }).toEqual({
      outcome: 'restored',
      back: [{ field: 'title', from: 'B', to: 'A' }],
      kept: [],
    });
    expect(now.data).toEqual({ title: 'A', notes: 'n' });
  });

  test('a field that was not there before becomes null', () => {
    expect(undo(logOfSteps(['insert', { title: 'A' }], ['update', { done: true }]), 2).now.data).toEqual({
      title: 'A',
      done: null,
    });
  });

  test('of several changes it goes back past all of them', () => {
    const log = logOfSteps(
      ['insert', { title: 'A' }],
      ['update', { title: 'B' }],
      ['update', { title: 'C' }],
      ['update', { title: 'D' }],
    );
    expect(undo(log, 2, 4).now.data).toEqual({ title: 'C' });
    expect(undo(log, 2, 3, 4).now.data).toEqual({ title: 'A' });
  });

  test('what was edited since is left and listed; the rest goes back', () => {
    const log = logOfSteps(
      ['insert', { title: 'A', notes: 'n' }],
      ['update', { title: 'B', notes: 'm' }],
      ['update', { title: 'mine' }],
    );
    const { outcome, kept, now } = undo(log, 2);
    expect({ outcome, kept }).toEqual({ outcome: 'restored', kept: [{ field: 'title', value: 'mine', position: 3 }] });
    expect(now.data).toEqual({ title: 'mine', notes: 'n' });
  });

  test('nothing is written where the value would be the same, or was overwritten already', () => {
    expect(undo(logOfSteps(['insert', { tags: ['a', 1] }], ['update', { tags: ['a', 1] }]), 2)).toMatchObject({
      outcome: 'left',
      changes: [],
      kept: [],
    });
    const log = logOfSteps(['insert', { title: 'A' }], ['update', { title: 'B' }], ['update', { title: 'C' }]);
    expect(undo(log, 2)).toMatchObject({ outcome: 'left', changes: [], kept: [{ field: 'title', position: 3 }] });
  });

  test('what it created is deleted', () => {
    const { outcome, now } = undo(logOfSteps(['insert', { title: 'A' }], ['update', { title: 'B' }]), 1, 2);
    expect(outcome).toBe('deleted');
    expect(now.deletedAt).not.toBeNull();
  });

  test('what it created is left whole when anybody else has written to it', () => {
    const log = logOfSteps(['insert', { title: 'A', notes: 'n' }], ['update', { notes: 'mine' }]);
    expect(undo(log, 1)).toMatchObject({
      outcome: 'left',
      changes: [],
      kept: [{ field: 'notes', value: 'mine', position: 2 }],
    });
  });

  test('what it created and others deleted is left, and so is what it created and deleted', () => {
    const log = logOfSteps(['insert', { title: 'A' }], ['delete', {}]);
    expect(undo(log, 1)).toMatchObject({ outcome: 'left', changes: [], kept: [{ field: 'deletedAt', position: 2 }] });
    expect(undo(log, 1, 2)).toMatchObject({ outcome: 'left', changes: [], kept: [] });
  });

  test('what it deleted comes back, with the fields that it had changed before', () => {
    const log = logOfSteps(['insert', { title: 'A' }], ['update', { title: 'B' }], ['delete', {}]);
    const { outcome, changes, now } = undo(log, 2, 3);
    expect({ outcome, changes }).toEqual({
      outcome: 'brought_back',
      changes: [{ op: 'insert', data: { title: 'A' } }],
    });
    expect(now).toMatchObject({ data: { title: 'A' }, deletedAt: null });
    expect(undo(log, 3).changes).toEqual([{ op: 'insert', data: {} }]);
  });

  test('what it brought back is deleted again, unless somebody has written to it since', () => {
    const log = logOfSteps(['insert', { title: 'A' }], ['delete', {}], ['insert', { title: 'B' }]);
    const { outcome, now } = undo(log, 3);
    expect(outcome).toBe('deleted');
    expect(now).toMatchObject({ data: { title: 'A' }, deletedAt: expect.any(String) });
    const edited = [...log, complete(log, 'update', { notes: 'mine' })];
    expect(undo(edited, 3)).toMatchObject({ outcome: 'left', changes: [], kept: [{ field: 'notes', position: 4 }] });
  });

  test('what others deleted stays deleted, though its fields go back', () => {
    const { outcome, kept, now } = undo(
      logOfSteps(['insert', { title: 'A' }], ['update', { title: 'B' }], ['delete', {}]),
      2,
    );
    expect({ outcome, kept }).toEqual({ outcome: 'restored', kept: [] });
    expect(now).toMatchObject({ data: { title: 'A' }, deletedAt: expect.any(String) });
  });

  test('fields of any name go back, none of them is anything but a field', () => {
    const data = (value: string): JsonObject => JSON.parse(`{"__proto__":"${value}","constructor":"${value}"}`);
    const { now } = undo(logOfSteps(['insert', data('A')], ['update', data('B')]), 2);
    expect(Object.entries(now.data)).toEqual(Object.entries(data('A')));
  });
});

describe('of any histories', () => {
  const cases = history.chain((changes) =>
    fc.record({
      log: fc.constant(logOf(changes)),
      taken: fc.subarray(changes.map((_, n) => n + 1)),
    }),
  );

  test('no write of others that stands is touched, what is taken back stands no more, and again is nothing new', () => {
    fc.assert(
      fc.property(cases, ({ log, taken }) => {
        for (const own of recordsOf(log)) {
          const before = fold(own);
          const { outcome, after, now } = undo(own, ...taken);
          for (const [field, { position }] of Object.entries(before.fieldMeta)) {
            if (!taken.includes(position)) expect(now.fieldMeta[field]?.position).toBe(position);
          }
          if (outcome === 'deleted') {
            const isCreated = taken.includes(own[0]!.position);
            const livesSince = isCreated ? 0 : (before.fieldMeta.deletedAt?.position ?? 0);
            const since = Object.values(before.fieldMeta).filter(({ position }) => position > livesSince);
            expect(since.filter(({ position }) => !taken.includes(position))).toEqual([]);
          }
          const others = own.filter(({ position }) => !taken.includes(position));
          if (outcome !== 'left' && others.length > 0 && !taken.includes(own[0]!.position)) {
            for (const [field, { position }] of Object.entries(before.fieldMeta)) {
              if (field === 'deletedAt' || !taken.includes(position)) continue;
              expect(valueIn(now, field)).toEqual(valueIn(fold(others), field));
            }
          }
          expect(undo(after, ...taken).changes).toEqual([]);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('to take back what was taken back leaves every value as it was', () => {
    let did = 0;
    fc.assert(
      fc.property(cases, ({ log, taken }) => {
        for (const own of recordsOf(log)) {
          const { after } = undo(own, ...taken);
          const redo = after.slice(own.length).map(({ position }) => position);
          if (redo.length > 0) did += 1;
          expect(valuesOf(undo(after, ...redo).now)).toEqual(valuesOf(fold(own)));
        }
      }),
      { numRuns: 500 },
    );
    expect(did).toBeGreaterThan(100);
  });
});

function recordsOf(log: ReturnType<typeof logOf>): FoldableChange[][] {
  const keys = [...new Set(log.map(recordKey))];
  return keys.map((key) => log.filter((change) => recordKey(change) === key));
}

/** Absent is null, and of a deletion only that it is one. */
function valuesOf({ data, deletedAt }: FoldedRecord): unknown {
  return [Object.entries(data).filter(([, value]) => value !== null), deletedAt === null];
}

function valueIn({ data }: FoldedRecord, field: string): unknown {
  return Object.hasOwn(data, field) ? data[field] : null;
}
