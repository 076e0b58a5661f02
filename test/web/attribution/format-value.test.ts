import { expect, it } from 'vitest';
import type { Json } from '../../../src/core/json.ts';
import { fieldWords } from '../../../src/web/attribution/field-words.ts';
import { formatValue } from '../../../src/web/attribution/format-value.ts';
import { recordHref } from '../../../src/web/attribution/record-href.ts';

const format = (value: Json | undefined, locale: 'en' | 'de' = 'en') =>
  formatValue(value, locale === 'en' ? 'en-GB' : 'de', fieldWords[locale], 'Europe/Berlin');

it.each<[Json | undefined, string]>([
  [undefined, 'none'],
  [null, 'none'],
  ['', 'empty'],
  [' \n', 'empty'],
  [true, 'yes'],
  [false, 'no'],
  [1234.5, '1,234.5'],
  ['Buy milk', 'Buy milk'],
  ['2026-03-31', '31 Mar 2026'],
  ['2026-02-30', '2026-02-30'],
  ['2026-03-31T22:30:00Z', '1 Apr 2026, 00:30'],
  [['a', 1], '["a",1]'],
  [{ a: null }, '{"a":null}'],
])('%j is read as %j', (value, text) => {
  expect(format(value)).toBe(text);
});

it('a value is written in the language of the interface', () => {
  expect([format(true, 'de'), format(1234.5, 'de'), format('2026-03-31', 'de')]).toEqual([
    'ja',
    '1.234,5',
    '31.03.2026',
  ]);
});

it('a long text is cut', () => {
  expect(format('x'.repeat(1_000))).toHaveLength(300);
});

it('a record is looked at on the page of its module, if it has one', () => {
  expect(recordHref({ appId: 'todo', id: 'a b/c' })).toBe('/todo?record=a%20b%2Fc');
  expect(recordHref({ appId: 'ai', id: 'm' })).toBeNull();
  expect(recordHref({ appId: 'constructor', id: 'm' })).toBeNull();
});
