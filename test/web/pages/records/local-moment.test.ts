import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromLocalMoment, localDay, toLocalMoment } from '../../../../src/web/records/local-moment.ts';

const before = process.env.TZ;
beforeAll(() => {
  process.env.TZ = 'Europe/Berlin';
});
afterAll(() => {
  if (before === undefined) delete process.env.TZ;
  else process.env.TZ = before;
});

describe('a moment on the clock of the reader', () => {
  test('is shown in their zone', () => {
    expect(toLocalMoment('2026-03-01T10:00:00Z')).toBe('2026-03-01T11:00');
    expect(toLocalMoment('2026-07-01T23:30:00Z')).toBe('2026-07-02T01:30');
    expect(localDay(new Date('2026-07-01T22:00:00Z'))).toBe('2026-07-02');
  });

  test('is written with its offset, in winter and in summer', () => {
    expect(fromLocalMoment('2026-03-01T11:00')).toBe('2026-03-01T11:00:00+01:00');
    expect(fromLocalMoment('2026-07-02T01:30')).toBe('2026-07-02T01:30:00+02:00');
  });

  test('that the clocks skip is the one they show instead', () => {
    expect(fromLocalMoment('2026-03-29T02:30')).toBe('2026-03-29T03:30:00+02:00');
  });

  test('is none where nothing or nonsense stands', () => {
    for (const text of ['', 'T10:00', '2026-03-01T', '2026-13-01T10:00', 'soon']) {
      expect(fromLocalMoment(text)).toBeUndefined();
    }
    for (const value of [undefined, null, 7, '', 'soon', '2026-03-01T10:00']) expect(toLocalMoment(value)).toBe('');
  });
});
