import { describe, expect, it } from 'vitest';
import { KeySequence } from '../../../src/web/keyboard/key-sequence.ts';

const SEQUENCES = ['g i', 'g m', 'j', '?', 'i'];

function typing(...presses: [key: string, atMs: number][]) {
  const sequence = new KeySequence();
  return presses.map(([key, at]) => sequence.press(key, at, SEQUENCES));
}

describe('keys', () => {
  it('are recognised one by one and one after the other', () => {
    expect(typing(['j', 0], ['?', 1], ['g', 2], ['i', 3])).toEqual(['j', '?', null, 'g i']);
  });

  it('that are too far apart are two words', () => {
    expect(typing(['g', 0], ['i', 1_500])).toEqual([null, 'g i']);
    expect(typing(['g', 0], ['i', 1_501])).toEqual([null, 'i']);
  });

  it('that continue nothing begin anew', () => {
    expect(typing(['g', 0], ['j', 1], ['i', 2])).toEqual([null, 'j', 'i']);
    expect(typing(['g', 0], ['g', 1], ['m', 2])).toEqual([null, null, 'g m']);
    expect(typing(['g', 0], ['x', 1], ['i', 2])).toEqual([null, null, 'i']);
  });

  it('are forgotten once they meant something', () => {
    expect(typing(['g', 0], ['i', 1], ['m', 2])).toEqual([null, 'g i', null]);
  });
});
