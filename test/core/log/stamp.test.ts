import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatStamp, normaliseStamp } from '../../../src/core/log/stamp.ts';

describe('normaliseStamp', () => {
  test.each([
    ['2025-03-01T10:00:00.000Z', '2025-03-01T10:00:00.000Z'],
    ['2025-03-01T10:00Z', '2025-03-01T10:00:00.000Z'],
    ['2025-03-01 10:00:00+02', '2025-03-01T08:00:00.000Z'],
    ['2025-03-01T10:00:00-0530', '2025-03-01T15:30:00.000Z'],
    ['2025-01-01T00:00:00+15:59', '2024-12-31T08:01:00.000Z'],
    ['2025-12-31T23:59:59.999-15:59', '2026-01-01T15:58:59.999Z'],
    ['2024-02-29T12:00:00Z', '2024-02-29T12:00:00.000Z'],
    ['2000-02-29T12:00:00Z', '2000-02-29T12:00:00.000Z'],
    ['2025-02-28T24:00:00Z', '2025-03-01T00:00:00.000Z'],
    ['2025-03-01T10:00:60Z', '2025-03-01T10:01:00.000Z'],
    ['2025-03-01T10:00:00.5Z', '2025-03-01T10:00:00.500Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
    ['0099-06-01T00:00:00Z', '0099-06-01T00:00:00.000Z'],
  ])('reads %s as %s', (text, stamp) => {
    expect(normaliseStamp(text)).toBe(stamp);
  });

  test.each([
    ['2025-03-01T10:00:00.9999999Z', '2025-03-01T10:00:00.999Z'],
    ['2025-12-31T23:59:59.999999999Z', '2025-12-31T23:59:59.999Z'],
    ['2025-02-28T24:00:00.0009Z', '2025-03-01T00:00:00.000Z'],
  ])('drops digits past the millisecond, never rounds up: %s', (text, stamp) => {
    expect(normaliseStamp(text)).toBe(stamp);
  });

  test.each([
    ...[
      '',
      'yesterday',
      '2025-03-01',
      '2025-03-01T10:00:00',
      '2025-03-01T10:00:00z',
      '20250301T100000Z',
      '+002025-03-01T10:00:00Z',
    ],
    ...[
      '2025-02-29T10:00:00Z',
      '1900-02-29T10:00:00Z',
      '2025-04-31T10:00:00Z',
      '2025-13-01T10:00:00Z',
      '2025-00-01T10:00:00Z',
    ],
    ...[
      '2025-03-00T10:00:00Z',
      '2025-03-01T24:00:00.001Z',
      '2025-03-01T24:01Z',
      '2025-03-01T25:00Z',
      '2025-03-01T10:60Z',
    ],
    ...['2025-03-01T10:00:61Z', '2025-03-01T23:59:60.5Z', '2025-03-01T10:00:00.Z', '2025-03-01T10:00:00,5Z'],
    ...[
      '2025-03-01T10:00:00.1234567890Z',
      '2025-03-01T10:00:00+16:00',
      '2025-03-01T10:00:00+01:60',
      '2025-03-01T10:00:00+1',
    ],
    ...[
      '0000-06-01T00:00:00Z',
      '0001-01-01T00:00:00+00:01',
      '9999-12-31T23:59:59-00:01',
      ' 2025-03-01T10:00:00Z',
      '2025-03-01T10:00:00Z\n',
    ],
  ])('refuses %j', (text) => {
    expect(normaliseStamp(text)).toBeNull();
  });

  test('a stamp is read as itself, and the order of stamps as text is the order of time', () => {
    const instant = fc.date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(instant, instant, (a, b) => {
        const [x, y] = [formatStamp(a), formatStamp(b)];
        expect(normaliseStamp(x)).toBe(x);
        expect(x).toHaveLength(24);
        expect(Math.sign(a.getTime() - b.getTime())).toBe(x < y ? -1 : x > y ? 1 : 0);
      }),
    );
  });

  test('an offset moves the time by just as much', () => {
    const minutes = fc.integer({ min: -(15 * 60 + 59), max: 15 * 60 + 59 });
    const instant = fc.date({
      min: new Date('0002-01-01T00:00:00Z'),
      max: new Date('9998-12-31T00:00:00Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(instant, minutes, (at, offset) => {
        const there = new Date(at.getTime() + offset * 60_000).toISOString().slice(0, 23);
        const [hours, rest] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60].map((n) =>
          String(n).padStart(2, '0'),
        );
        expect(normaliseStamp(`${there}${offset < 0 ? '-' : '+'}${hours}:${rest}`)).toBe(at.toISOString());
      }),
    );
  });
});
