import { expect, test } from 'vitest';
import { findOptions } from '../../../src/web/components/find-options.ts';

const ZONES = ['America/New_York', 'Europe/Berlin', 'Europe/Zürich', 'UTC'].map((label) => ({ label }));
const labels = (typed: string) => findOptions(ZONES, typed).shown.map(({ label }) => label);

test('without a word everything is found, in its order', () => {
  expect(labels('')).toEqual(['America/New_York', 'Europe/Berlin', 'Europe/Zürich', 'UTC']);
  expect(labels('  ')).toHaveLength(4);
});

test('case, accents and underscores do not matter', () => {
  expect(labels('zurich')).toEqual(['Europe/Zürich']);
  expect(labels('ZÜRICH')).toEqual(['Europe/Zürich']);
  expect(labels('new york')).toEqual(['America/New_York']);
  expect(labels('new_york')).toEqual(['America/New_York']);
});

test('every word must be there, in the label or the detail, in any order', () => {
  const options = [
    { label: 'Call the dentist', detail: 'Tasks' },
    { label: 'Dentist', detail: 'Places' },
  ];
  expect(findOptions(options, 'places dent').shown).toEqual([options[1]]);
  expect(findOptions(options, 'dentist nowhere').shown).toEqual([]);
});

test('those that begin with it come first', () => {
  const options = [{ label: 'Call the dentist' }, { label: 'Dentist' }];
  expect(findOptions(options, 'dent').shown[0]).toEqual({ label: 'Dentist' });
});

test('what is typed is text and no pattern', () => {
  expect(labels('.*')).toEqual([]);
  expect(labels('(')).toEqual([]);
});

test('of many some are shown, and the rest counted', () => {
  const many = Array.from({ length: 1_000 }, (_, index) => ({ label: `Task ${index}` }));
  const { shown, left } = findOptions(many, 'task');
  expect(shown.length + left).toBe(1_000);
  expect(shown).toHaveLength(50);
});
