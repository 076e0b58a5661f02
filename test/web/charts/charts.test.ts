// What the plots are drawn from: counting, and laying out.
import { describe, expect, it } from 'vitest';
import { dateOf } from '../../../src/web/charts/date-of.ts';
import { decisionsOverTime } from '../../../src/web/charts/decisions-over-time.ts';
import { highest, layoutBars, MARGIN } from '../../../src/web/charts/layout-bars.ts';
import { layoutPoints } from '../../../src/web/charts/layout-points.ts';
import { formatPeriod, periodIndex, periodsOf } from '../../../src/web/charts/periods.ts';
import { formatDuration, median, planLatency } from '../../../src/web/charts/plan-latency.ts';
import { countTicks, decadeTicks } from '../../../src/web/charts/ticks.ts';

const NOW = new Date('2026-03-31T12:00:00Z');
const days = (moments: string[], zone = 'UTC') =>
  periodsOf(
    moments.map((at) => new Date(at)),
    NOW,
    zone,
  );

describe('periods', () => {
  it('are none where nothing happened', () => {
    expect(days([])).toEqual([]);
    expect(periodIndex([], NOW, 'UTC')).toBe(-1);
  });

  it('are days to the present while they are few, without a gap', () => {
    const periods = days(['2026-03-28T10:00:00Z', '2026-03-30T10:00:00Z']);
    expect(periods.map(({ from }) => from)).toEqual(['2026-03-28', '2026-03-29', '2026-03-30', '2026-03-31']);
    expect(days(['2026-03-18T00:00:00Z'])).toHaveLength(14);
  });

  it('are those of the time zone, over a change of its clocks too', () => {
    const periods = days(['2026-03-28T23:30:00Z'], 'Europe/Berlin');
    expect(periods.map(({ from }) => from)).toEqual(['2026-03-29', '2026-03-30', '2026-03-31']);
    expect(periodIndex(periods, new Date('2026-03-29T22:30:00Z'), 'Europe/Berlin')).toBe(1);
  });

  it('are weeks from Monday where the days would be too many', () => {
    const periods = days(['2026-03-17T00:00:00Z']);
    expect(periods).toEqual(['2026-03-16', '2026-03-23', '2026-03-30'].map((from) => ({ unit: 'week', from })));
    expect(periodIndex(periods, new Date('2026-03-29T23:59:59Z'), 'UTC')).toBe(1);
  });

  it('are months where the weeks would be too many, and of those the last two years', () => {
    const periods = days(['2025-11-15T00:00:00Z']);
    expect(periods.map(({ from }) => from)).toEqual([
      ...['2025-11-01', '2025-12-01', '2026-01-01', '2026-02-01', '2026-03-01'],
    ]);
    const long = days(['1999-01-01T00:00:00Z']);
    expect([long.length, long[0]?.from, long.at(-1)?.from]).toEqual([24, '2024-04-01', '2026-03-01']);
    expect(periodIndex(long, new Date('1999-01-01T00:00:00Z'), 'UTC')).toBe(-1);
  });

  it('do not reach into the future, whatever a record claims', () => {
    const periods = days(['2031-01-01T00:00:00Z']);
    expect(periods.map(({ from }) => from)).toEqual(['2026-03-31']);
    expect(periodIndex(periods, new Date('2031-01-01T00:00:00Z'), 'UTC')).toBe(-1);
  });

  it('are written as the locale writes them', () => {
    expect(formatPeriod({ unit: 'day', from: '2026-03-30' }, 'en-GB')).toBe('30 Mar');
    expect(formatPeriod({ unit: 'month', from: '2026-03-01' }, 'de')).toBe('März 2026');
  });
});

describe('decisions', () => {
  const decided = (status: unknown, decidedAt: unknown) => ({ data: { status, decidedAt } });

  it('are counted by the period that they were made in', () => {
    const counts = decisionsOverTime(
      [
        decided('approved', '2026-03-30T10:00:00Z'),
        decided('approved', '2026-03-30T11:00:00Z'),
        decided('rejected', '2026-03-31T01:00:00Z'),
        decided('superseded', '2026-03-29T01:00:00Z'),
        decided('pending', undefined),
      ],
      NOW,
      'UTC',
    );
    expect(counts.map(({ period, ...count }) => [period.from, count])).toEqual([
      ['2026-03-30', { approved: 2, rejected: 0 }],
      ['2026-03-31', { approved: 0, rejected: 1 }],
    ]);
  });

  it('that nobody can read are left out', () => {
    const odd = [null, 7, 'soon', '+275760-09-13T00:00:00Z', '-000001-01-01T00:00:00Z', {}];
    expect(
      decisionsOverTime(
        odd.map((at) => decided('approved', at)),
        NOW,
        'UTC',
      ),
    ).toEqual([]);
    expect(odd.map(dateOf)).toEqual([null, null, null, null, null, null]);
  });
});

describe('plan latency', () => {
  const iteration = (id: string, data: object) => ({ id, data });

  it('is told for each plan whose times can be read, oldest first', () => {
    expect(
      planLatency([
        iteration('m-2', { startedAt: '2026-03-31T10:00:00.000Z', finishedAt: '2026-03-31T10:00:02.500Z' }),
        iteration('m-1', {
          startedAt: '2026-03-30T10:00:00.000Z',
          finishedAt: '2026-03-30T10:00:00.040Z',
          overallStatus: 'failed',
        }),
        iteration('m-3', { startedAt: '2026-03-31T10:00:02.000Z', finishedAt: '2026-03-31T10:00:00.000Z' }),
        iteration('m-4', { startedAt: 5 }),
        iteration('m-5', {}),
      ]),
    ).toEqual([
      { iterationId: 'm-1', at: new Date('2026-03-30T10:00:00.040Z'), ms: 40, failed: true },
      { iterationId: 'm-2', at: new Date('2026-03-31T10:00:02.500Z'), ms: 2500, failed: false },
    ]);
  });

  it('has a middle', () => {
    expect([median([]), median([3]), median([9, 1, 5]), median([1, 2, 10, 20])]).toEqual([null, 3, 5, 6]);
  });

  it('is written in the unit that fits', () => {
    const written = [0, 40.4, 999, 2_400, 59_000, 90_000].map((ms) => formatDuration(ms, 'en'));
    expect(written).toEqual(['0 ms', '40 ms', '999 ms', '2.4 sec', '59 sec', '1.5 min']);
  });
});

describe('axes', () => {
  it.each([
    [0, [0, 1]],
    [1, [0, 1]],
    [3, [0, 1, 2, 3]],
    [7, [0, 2, 4, 6, 8]],
    [42, [0, 20, 40, 60]],
    [1_000, [0, 500, 1_000]],
  ])('count to %d in whole, round steps', (most, ticks) => {
    expect(countTicks(most)).toEqual(ticks);
  });

  it('of durations have a line for each power of ten', () => {
    expect(decadeTicks([])).toEqual([1, 10]);
    expect(decadeTicks([0])).toEqual([1, 10]);
    expect(decadeTicks([40, 2_500])).toEqual([10, 100, 1_000, 10_000]);
    expect(decadeTicks([100])).toEqual([100, 1_000]);
  });
});

describe('bars', () => {
  const size = { width: 336, height: 128 };

  it('stand on each other, within the plot', () => {
    const { rects, ticks } = layoutBars([[2, 2], [0, 1], []], size);
    expect(rects.map(({ bar, series }) => [bar, series])).toEqual([
      [0, 0],
      [0, 1],
      [1, 1],
    ]);
    const [lower, upper] = rects;
    expect(lower?.y).toBeCloseTo((upper?.y ?? 0) + (upper?.height ?? 0));
    expect(upper?.y).toBe(MARGIN.top);
    expect((lower?.y ?? 0) + (lower?.height ?? 0)).toBe(size.height - MARGIN.bottom);
    for (const { x, width } of rects) {
      expect(x).toBeGreaterThanOrEqual(MARGIN.left);
      expect(x + width).toBeLessThanOrEqual(size.width - MARGIN.right);
    }
    expect(ticks.at(-1)).toEqual({ value: 4, y: MARGIN.top });
  });

  it('of several plots have one scale', () => {
    const bars = [[1], [1]];
    expect(highest([[1, 2], [], [2]])).toBe(3);
    const [alone] = layoutBars(bars, size).rects;
    const [beside] = layoutBars(bars, size, 2).rects;
    expect(beside?.height).toBeCloseTo((alone?.height ?? 0) / 2);
  });

  it('have labels where there is room, the last one always', () => {
    const many = Array.from({ length: 14 }, () => [1]);
    expect(layoutBars(many, size).labels.map(({ bar }) => bar)).toEqual([1, 4, 7, 10, 13]);
    expect(layoutBars([[1], [1]], size).labels).toHaveLength(2);
  });

  it('may be none, or in no space', () => {
    expect(layoutBars([], size).rects).toEqual([]);
    expect(layoutBars([[0]], { width: 0, height: 128 }).rects).toEqual([]);
  });
});

describe('points', () => {
  const size = { width: 300, height: 128 };
  const at = (time: string, value: number) => ({ at: new Date(time), value });

  it('lie between the first and the last moment, each decade as high as the next', () => {
    const { points, ticks } = layoutPoints(
      [at('2026-03-01T00:00:00Z', 10), at('2026-03-02T00:00:00Z', 100), at('2026-03-03T00:00:00Z', 1_000)],
      size,
      60,
    );
    const [a, b, c] = points as [(typeof points)[0], (typeof points)[0], (typeof points)[0]];
    expect(b.x - a.x).toBeCloseTo(c.x - b.x);
    expect(a.y - b.y).toBeCloseTo(b.y - c.y);
    expect([a.y, c.y]).toEqual([size.height - MARGIN.bottom, MARGIN.top]);
    expect(ticks.map(({ value }) => value)).toEqual([10, 100, 1_000]);
  });

  it('may be a single one, or have taken no time at all', () => {
    const { points } = layoutPoints([at('2026-03-01T00:00:00Z', 0)], size, 60);
    expect(points).toEqual([{ x: 178, y: size.height - MARGIN.bottom }]);
  });
});
