import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Break, createChain, type LinkedChange } from '../../../src/core/log/chain.ts';
import { type Hash, hashChange, type Sha256 } from '../../../src/core/log/hash-change.ts';

const SHA256: Sha256 = {
  of: (bytes) => createHash('sha256').update(bytes).digest(),
  start: () => createHash('sha256'),
};

interface Log {
  changes: LinkedChange[];
  link: string;
}

/** A log as the database would link it: statements of these sizes, or, before `begun`, none that was linked. */
function logOf(sizes: number[], begun = 0): Log {
  const changes: LinkedChange[] = [];
  let link = '';
  const hashes: Buffer[] = [];
  for (const size of sizes) {
    const isOld = changes.length < begun;
    const part: Buffer[] = [];
    for (let n = 0; n < size; n++) {
      const change = { ...changeAt(changes.length + 1), link: n === 0 && !isOld ? link : null };
      changes.push(change);
      part.push(Buffer.from(hashChange(change, SHA256)));
    }
    hashes.push(...part);
    const before = isOld ? '' : link;
    link = createHash('sha256')
      .update(before)
      .update(Buffer.concat(isOld ? hashes : part))
      .digest('hex');
  }
  return { changes, link };
}

const changeAt = (position: number) => ({
  ...{ userId: 'ada', position, id: `e${position}`, appId: 'todo', tableName: 'tasks', recordId: `t${position % 3}` },
  ...{ op: 'update', data: `{"title": "${position}"}`, fieldTimestamps: '{}', clientId: 'c', schemaVersion: 1 },
  ...{ actor: '{"kind": "user"}', createdAt: '2026-01-01T00:00:00.123456Z' },
});

function breaksOf({ changes, link }: Log, hash: Sha256 = SHA256): Break[] {
  const chain = createChain(hash);
  return [...changes.map(chain.see), chain.end(link)].filter((found) => found !== null);
}

const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 12 });
const COLUMNS = Object.keys(changeAt(1)) as (keyof ReturnType<typeof changeAt>)[];

/** One column of one change, another. */
function altered({ changes, link }: Log, at: number, column: keyof ReturnType<typeof changeAt>): Log {
  const change = changes[at] as LinkedChange;
  const value = column === 'createdAt' ? '2026-01-01T00:00:00.123457Z' : change[column];
  const other = typeof value === 'number' ? value + 1 : column === 'createdAt' ? value : `${value}x`;
  return { link, changes: changes.with(at, { ...change, [column]: other }) };
}

const tampering = fc.record({ sizes, begun: fc.nat(8), at: fc.nat(), column: fc.constantFrom(...COLUMNS) });

function isFound(
  { sizes, begun, at, column }: { sizes: number[]; begun: number; at: number; column: (typeof COLUMNS)[number] },
  hash?: Sha256,
) {
  const log = logOf(sizes, begun);
  const [found] = breaksOf(altered(log, at % log.changes.length, column), hash);
  const position = (at % log.changes.length) + 1;
  return found !== undefined && found.first <= position && position <= found.last;
}

test('a log as it was appended has no break, also where it began before there were links', () => {
  fc.assert(
    fc.property(sizes, fc.nat(12), (of, begun) => breaksOf(logOf(of, begun)).length === 0),
    { numRuns: 1_000 },
  );
  expect(breaksOf({ changes: [], link: '' })).toEqual([]);
  expect(createChain(SHA256).end(null)).toBeNull();
});

test('a change of any column is a break at its place', () => {
  fc.assert(
    fc.property(tampering, (tried) => isFound(tried)),
    { numRuns: 3_000 },
  );
});

test('control: a hash that does not look finds nothing', () => {
  const looksAway = (): Hash => ({ update() {}, copy: looksAway, digest: () => new Uint8Array(32) });
  const blind: Sha256 = { of: () => new Uint8Array(32), start: looksAway };
  const blindLog = (log: Log): Log => ({
    ...log,
    link: '00'.repeat(32),
    changes: log.changes.map((c) => ({ ...c, link: null })),
  });
  expect(breaksOf(blindLog(altered(logOf([3, 1]), 1, 'data')), blind)).toEqual([]);
  expect(breaksOf(blindLog(altered(logOf([3, 1]), 1, 'data')))).toHaveLength(1);
});

test('control: a hash of texts without their lengths takes two changes for one', () => {
  const moved = (recordId: string, op: string) => ({ ...changeAt(1), recordId, op });
  const joined = (change: LinkedChange | ReturnType<typeof changeAt>) => Object.values(change).join('');
  expect(joined(moved('ab', 'c'))).toBe(joined(moved('a', 'bc')));
  const hex = (change: ReturnType<typeof changeAt>) => Buffer.from(hashChange(change, SHA256)).toString('hex');
  expect(hex(moved('ab', 'c'))).not.toBe(hex(moved('a', 'bc')));
});

test('a log of thousands that was linked in one piece, and its tampering', () => {
  const log = logOf([2_500, 1, 1_200], 2_500);
  expect(breaksOf(log)).toEqual([]);
  expect(breaksOf(altered(log, 1_999, 'data'))).toEqual([{ first: 1, last: 2_500, isMissing: false }]);
  expect(breaksOf(altered(log, 2_501, 'data'))).toEqual([{ first: 2_502, last: 3_701, isMissing: false }]);
});

test('a break is told once, and another one further on as well', () => {
  const log = altered(altered(logOf([1, 2, 1, 3]), 2, 'data'), 5, 'id');
  expect(breaksOf(log)).toEqual([
    { first: 2, last: 3, isMissing: false },
    { first: 5, last: 7, isMissing: false },
  ]);
  expect(breaksOf({ ...logOf([2, 1]), link: null as unknown as string })).toEqual([
    { first: 3, last: 3, isMissing: true },
  ]);
});
