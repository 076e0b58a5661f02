import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Actor, USER } from '../../../src/core/log/actor.ts';
import { foldChange } from '../../../src/core/log/merge.ts';
import {
  type AttributedRecord,
  actorAt,
  foldAttributed,
  mergeAttributed,
} from '../../../src/core/sync/attributed-record.ts';
import type { PendingWrite } from '../../../src/core/sync/pending-write.ts';
import { stampFields } from '../../../src/core/sync/stamp-fields.ts';
import { history, logOf } from '../log/histories.ts';

const AI: Actor = { kind: 'ai', missionId: 'm', iterationId: 'm-1', proposalId: 'm-1-0', rationale: 'because' };
const RULE: Actor = { kind: 'system', source: 'rule' };
const at = (second: number) => `2026-03-01T10:00:0${second}.000Z`;

function logged(position: number, actor: Actor, data: Record<string, string>, second = position) {
  const fieldTimestamps = Object.fromEntries(Object.keys(data).map((field) => [field, at(second)]));
  return { position, actor, data, fieldTimestamps, clientId: 'server' };
}
function _pending(seq: number, over: Partial<PendingWrite> = {}): PendingWrite {
  const fields = stampFields('update', { title: `pending ${seq}` }, at(5));
  return { seq, fields, clientId: 'phone', actor: USER, proposalId: null, ...over };
}

describe('a record that can say who wrote it', () => {
  test('knows the actor of each field for as long as its write is held', () => {
    let record = foldAttributed(undefined, logged(1, AI, { title: 'a', notes: 'b' }));
    record = foldAttributed(record, logged(2, RULE, { notes: 'c' }));
    expect([actorAt(record, 1), actorAt(record, 2)]).toEqual([AI, RULE]);
    record = foldAttributed(record, logged(3, USER, { title: 'd' }));
    expect(record.actors).toEqual({ 2: RULE });
    expect(actorAt(record, 3)).toEqual(USER);
  });

  test('does not take the actor of a write that lost', () => {
    const record = foldAttributed(
      foldAttributed(undefined, logged(1, USER, { title: 'a' }, 5)),
      logged(2, AI, { title: 'b' }, 1),
    );
    expect(record).toMatchObject({ data: { title: 'a' }, actors: {} });
  });

  test('may be folded in parts, and the parts in any order', () => {
    const fold = (changes: ReturnType<typeof logOf>) =>
      changes.reduce<AttributedRecord | undefined>(
        (record, change) => foldAttributed(record, { ...change, actor: change.position % 2 ? AI : USER }),
        undefined,
      );
    fc.assert(
      fc.property(history, fc.nat(), (changes, at) => {
        const log = logOf(changes);
        const [first, second] = [
          fold(log.slice(0, at % log.length)),
          fold(log.slice(at % log.length)) as AttributedRecord,
        ];
        if (!first) return;
        expect(mergeAttributed(first, second)).toEqual(fold(log));
        expect(mergeAttributed(second, first)).toEqual(fold(log));
      }),
    );
  });

  test('is the record of the log otherwise', () => {
    fc.assert(
      fc.property(history, (changes) => {
        let plain: ReturnType<typeof foldChange> | undefined;
        let attributed: AttributedRecord | undefined;
        for (const change of logOf(changes)) {
          plain = foldChange(plain, change);
          attributed = foldAttributed(attributed, { ...change, actor: change.position % 2 ? AI : USER });
        }
        const { actors, ...record } = attributed as AttributedRecord;
        expect(record).toEqual(plain);
        const held = Object.values(record.fieldMeta).map(({ position }) => position);
        expect(Object.keys(actors).map(Number).sort()).toEqual([...new Set(held.filter((one) => one % 2))].sort());
      }),
    );
  });
});
