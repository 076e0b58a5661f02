import { describe, expect, it } from 'vitest';
import { dayIn } from '../../../src/core/modules/day-in.ts';
import { clip, foldCase, nameOf, oneLine } from '../../../src/core/modules/reading.ts';

describe('clip', () => {
  it('marks what it cuts and tears no surrogate pair', () => {
    expect(clip('abcd', 4)).toBe('abcd');
    expect(clip('abcde', 4)).toBe('abc…');
    expect(clip('ab😀de', 4)).toBe('ab…');
  });
});

it('puts text on one line', () => {
  expect(oneLine(' a\r\n b\t\u2028c ')).toBe('a b c');
});

it('takes two compositions of a letter for the same', () => {
  expect(foldCase(' Cafe\u0301 ')).toBe(foldCase('CAF\u00c9'));
});

it.each([undefined, null, '', ' \n', 3, ['x'], {}])('names a record by its id when its title is %o', (title) => {
  expect(nameOf({ id: 'r1', data: title === undefined ? {} : { title } }, 'title')).toBe('r1');
});

describe('dayIn', () => {
  it.each([
    ['UTC', '2026-03-01T23:59:59.999Z', '2026-03-01'],
    ['Asia/Tokyo', '2026-03-01T15:00:00Z', '2026-03-02'],
    ['America/New_York', '2026-03-01T04:59:59Z', '2026-02-28'],
    ['Pacific/Kiritimati', '2025-12-31T10:00:00Z', '2026-01-01'],
    ['Europe/Berlin', '2026-03-29T22:00:00Z', '2026-03-30'],
  ])('in %s at %s is %s', (timeZone, moment, day) => {
    expect(dayIn(timeZone)(new Date(moment))).toBe(day);
  });

  it('throws for an unknown zone', () => {
    expect(() => dayIn('Mars/Olympus')).toThrow(RangeError);
  });
});
