import { describe, expect, test } from 'vitest';
import type { FoldableChange, FoldedRecord } from '../../../src/core/log/merge.ts';
import { foldBy } from '../../../torture/simulation/fold-by.ts';
import { MERGE, type MergeBuild, simulateMerge } from '../../../torture/simulation/merge.ts';
import { expectCaught } from './expect-caught.ts';

const WITHIN = 200;

describe('a merge is caught', () => {
  test('that decides ties by arrival', () =>
    caught({ ...MERGE, fold: foldBy((write, held) => write.updatedAt >= held.updatedAt) }));

  test('that takes whatever comes last', () => caught({ ...MERGE, fold: foldBy(() => true) }));

  test('that compares clients by UTF-16 units', async () => {
    const byUnits = foldBy((write, held) => {
      if (write.updatedAt !== held.updatedAt) return write.updatedAt > held.updatedAt;
      if (write.clientId !== held.clientId) return write.clientId > held.clientId;
      return write.position > held.position;
    });
    await expectCaught(simulateMerge(1, WITHIN, { ...MERGE, fold: byUnits }), /todo\/tasks\/r1|notes\/notes\/r1/);
  });

  test('that tells records apart by their ids alone', async () => {
    await expectCaught(simulateMerge(1, WITHIN, { ...MERGE, keyOf: () => 'r1' }), /and not/);
  });

  test('that revives a record with whatever is written to it', () => {
    const reviving = (record: FoldedRecord | undefined, change: FoldableChange) => {
      const folded = MERGE.fold(record, change);
      if (!('deletedAt' in change.fieldTimestamps)) folded.deletedAt = null;
      return folded;
    };
    return caught({ ...MERGE, fold: reviving });
  });

  test('and the history that shows it is short', async () => {
    const { history } = await expectCaught(simulateMerge(1, WITHIN, { ...MERGE, fold: foldBy(() => true) }), /seed/);
    expect(history.events.length).toBeLessThanOrEqual(2);
  });
});

async function caught(build: MergeBuild): Promise<void> {
  await expectCaught(simulateMerge(1, WITHIN, build), /seed \d+, in history \d+/);
}
