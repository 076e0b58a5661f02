import { describe, expect, test } from 'vitest';
import { formatCursor, parseCursor, parseSince } from '../../../src/core/sync/cursor.ts';

describe('a cursor', () => {
  test.each([0, 1, 20_000, Number.MAX_SAFE_INTEGER])(
    'at %d is read as it was written, and needs no escaping',
    (position) => {
      const text = formatCursor({ epoch: '0123456789', position });
      expect(parseCursor(text)).toEqual({ epoch: '0123456789', position });
      expect(encodeURIComponent(text)).toBe(text);
    },
  );

  test.each([
    ['no epoch', '.5'],
    ['a short epoch', '012345678.5'],
    ['an epoch in capitals', '01234567AB.5'],
    ['no position', '0123456789.'],
    ['a negative position', '0123456789.-1'],
    ['a leading zero', '0123456789.05'],
    ['an exponent', '0123456789.1e3'],
    ['a position beyond what a number holds', '0123456789.9007199254740992'],
    ['more after it', '0123456789.5\n'],
    ['a position alone', '5'],
  ])('with %s is none', (_, text) => {
    expect(parseCursor(text)).toBeNull();
    expect(parseSince(text)).toBeNull();
  });
});

describe('since', () => {
  test.each([undefined, '', '0'])('%j is from the start', (text) => {
    expect(parseSince(text)).toEqual({ kind: 'start' });
  });

  test('may be a cursor', () => {
    expect(parseSince('abcdef0123.7')).toEqual({ kind: 'cursor', epoch: 'abcdef0123', position: 7 });
  });

  test('may be a time, and is normalised', () => {
    expect(parseSince('2026-03-01T12:00:00+02:00')).toEqual({ kind: 'time', at: '2026-03-01T10:00:00.000Z' });
  });

  test.each(['yesterday', '2026-03-01', '2026-02-30T10:00:00Z', '2026-03-01T10:00:00', 'null'])(
    '%j is none',
    (text) => {
      expect(parseSince(text)).toBeNull();
    },
  );
});
