import { describe, expect, test } from 'vitest';
import { type Cadence, nextRun } from '../../../src/core/missions/cadence.ts';
import { tick } from '../../../src/core/sync/hybrid-clock.ts';
import { overtakenRows } from '../../../src/web/replica/overtaken-rows.ts';
import { toStampedRow } from '../../../src/web/replica/stamped-row.ts';
import { simulateCadences } from '../../../torture/simulation/cadences.ts';
import { CLOCKS, simulateClocks } from '../../../torture/simulation/clocks.ts';
import { DECISIONS, simulateDecisions } from '../../../torture/simulation/decisions.ts';
import { READ_BY_TIME } from '../../../torture/simulation/read-by-time.ts';
import { READERS, simulateReaders } from '../../../torture/simulation/readers.ts';
import { REPLICAS, simulateReplicas } from '../../../torture/simulation/replicas.ts';
import { LawBroken } from '../../../torture/simulation/simulate.ts';
import { expectCaught } from './expect-caught.ts';

describe('clocks are caught', () => {
  test("that are the device's own", () =>
    expectCaught(
      simulateClocks(1, 500, { ...CLOCKS, tick: (clock, now) => ({ clock, stamp: new Date(now).toISOString() }) }),
      /made upon|for ever/,
    ));

  test('that take no note of the log', () =>
    expectCaught(simulateClocks(1, 500, { ...CLOCKS, observe: (clock) => clock }), /made upon/));

  test('that the log takes however far they are ahead', () =>
    expectCaught(simulateClocks(1, 500, { ...CLOCKS, latestAllowed: () => '9999' }), /is taken at/));

  test('that forget the stamps that they gave', () =>
    expectCaught(
      simulateClocks(1, 2_000, { ...CLOCKS, tick: (clock, now) => ({ ...tick(clock, now), clock }) }),
      /made upon/,
    ));
});

describe('readers are caught', () => {
  test('that go by the time of writing, in more than one history of a hundred', async () => {
    let lost = 0;
    for (let seed = 1; seed <= 1_000; seed++) {
      await simulateReaders(seed, 1, READ_BY_TIME).catch((error: unknown) => {
        if (!(error instanceof LawBroken)) throw error;
        lost += 1;
      });
    }
    expect(lost).toBeGreaterThan(10);
  });

  test('of a log whose positions are drawn by writers that do not wait for each other', () =>
    expectCaught(simulateReaders(1, 500, { ...READERS, locksLog: false }), /saw .* and the log has/));

  test('of a log that is restored and keeps its epoch', () =>
    expectCaught(simulateReaders(1, 500, { ...READERS, renewsEpoch: false }), /saw .* and the log has/));
});

describe('replicas are caught', () => {
  const { service, replica } = REPLICAS;

  test('of a service that knows no event ids', () =>
    expectCaught(simulateReplicas(1, 500, { replica, service: { ...service, knowsEventIds: false } }), /twice/));

  test('of a service that decides without looking', () =>
    expectCaught(
      simulateReplicas(1, 500, { replica, service: { ...service, comparesAndSets: false } }),
      /decided twice/,
    ));

  test('whose clock takes no note of the log', () =>
    expectCaught(
      simulateReplicas(1, 2_000, { service, replica: { ...replica, observe: (clock) => clock } }),
      /made upon|does not see its own/,
    ));

  test('that store what they are handed over what they have', () =>
    expectCaught(
      simulateReplicas(1, 500, { service, replica: { ...replica, merge: (_, other) => other } }),
      /saw|otherwise/,
    ));

  test('that keep the time of what they foresee when their clock is found to be ahead', () =>
    expectCaught(
      simulateReplicas(1, 1_000, {
        service,
        replica: {
          ...replica,
          toStampedRow: (row) => ({ ...toStampedRow(row), isInTheLog: row.state === 'acknowledged' }),
        },
      }),
      /does not see its own/,
    ));

  test('that store a decision without its effects', () =>
    expectCaught(
      simulateReplicas(1, 1_000, { service, replica: { ...replica, isWhole: () => true } }),
      /loses to the effect/,
    ));

  test('that do not mind at which time the log has what they stamped anew', () => {
    const overtaken: typeof overtakenRows = (settled, own, outbox) =>
      overtakenRows(
        settled.filter(({ foreseen }) => foreseen !== null),
        own,
        outbox,
      );
    return expectCaught(
      simulateReplicas(1, 1_000, { service, replica: { ...replica, overtakenRows: overtaken } }),
      /is after a change of its device/,
    );
  });

  test('that push what was made upon a decision before its effects are there', () => {
    const nextBatch: typeof replica.nextBatch = (rows, limits) => {
      const free = [...rows].filter(({ state }) => state !== 'acknowledged');
      return free.filter(({ appId }) => appId === free[0]?.appId).slice(0, limits.changes);
    };
    return expectCaught(
      simulateReplicas(1, 5_000, { service, replica: { ...replica, nextBatch } }),
      /made upon|is after/,
    );
  });
});

describe('decisions are caught', () => {
  test.each([
    ['without the lock of the log', { locksLog: false }, /decided 2 times|told/],
    ['that do not compare before they set', { comparesAndSets: false }, /decided|fails|told/],
    ['that name no hash', { namesHash: false }, /what runs is Sell the house/],
  ])('%s', async (_, without, message) => {
    await expectCaught(simulateDecisions(1, 500, { ...DECISIONS, ...without }), message);
  });
});

describe('cadences are caught', () => {
  const day = 86_400_000;
  const isOfDays = ({ kind }: Cadence) => kind === 'daily';

  test('that count a day as 24 hours', () =>
    expectCaught(
      simulateCadences(1, 500, (cadence, zone, after) => {
        const due = nextRun(cadence, zone, after);
        if (!due || !isOfDays(cadence)) return due;
        return new Date((nextRun(cadence, zone, new Date(after.getTime() - day)) as Date).getTime() + day);
      }),
      /of its day|another one|after/,
    ));

  test('that go by the clock of UTC', () =>
    expectCaught(
      simulateCadences(1, 500, (cadence, _, after) => nextRun(cadence, 'UTC', after)),
      /of its day/,
    ));

  test('that make up for what was missed', () => {
    let first: Date | null = null;
    return expectCaught(
      simulateCadences(1, 500, (cadence, zone, after) => {
        first ??= nextRun(cadence, zone, after);
        return first;
      }),
      /does not come after|minutes/,
    );
  });
});
