import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../../src/core/json.ts';
import { findFault, type JsonFault, MAX_DEPTH, parseBoundedJson } from '../../../src/core/log/bounds.ts';
import { isStorable } from '../../../src/core/text.ts';

describe('depth', () => {
  test.each([
    ['arrays', '[', ']'],
    ['objects', '{"a":', '}'],
    ['both', '[{"a":', '}]'],
  ])('%s: 32 levels are read, 33 are refused', (_, open, close) => {
    const levels = (open.match(/[[{]/g) ?? []).length;
    const nested = (depth: number) => `${open.repeat(depth / levels)}1${close.repeat(depth / levels)}`;
    expect(parseBoundedJson(nested(MAX_DEPTH))).toMatchObject({ ok: true });
    expect(parseBoundedJson(`[${nested(MAX_DEPTH)}]`)).toMatchObject({ ok: false, reason: 'too_deep', path: '' });
  });

  test('empty brackets count as a level', () => {
    expect(parseBoundedJson('['.repeat(MAX_DEPTH) + ']'.repeat(MAX_DEPTH))).toMatchObject({ ok: true });
    expect(parseBoundedJson('['.repeat(MAX_DEPTH + 1) + ']'.repeat(MAX_DEPTH + 1))).toMatchObject({
      reason: 'too_deep',
    });
  });

  test('it is the nesting that counts, not the number of brackets', () => {
    expect(parseBoundedJson(`[${'[[]],'.repeat(50_000)}{}]`)).toMatchObject({ ok: true });
  });

  test.each([7_000, 1_000_000])('%i levels are refused before they are parsed, closed or not', (levels) => {
    for (const open of ['[', '{"a":', ' [ ', '[1,[],{"b":"]"},']) {
      const start = performance.now();
      expect(parseBoundedJson(open.repeat(levels))).toMatchObject({ ok: false, reason: 'too_deep' });
      expect(performance.now() - start).toBeLessThan(2_000);
    }
    expect(parseBoundedJson('['.repeat(levels) + ']'.repeat(levels))).toMatchObject({ reason: 'too_deep' });
  });

  test.each([
    ['in a string', '['.repeat(100)],
    ['after an escaped quote', `"${'{'.repeat(100)}`],
    ['after a backslash', `\\"${'['.repeat(100)}`],
    ['before a closing backslash', `${'[{'.repeat(100)}\\`],
  ])('brackets %s are no nesting', (_, text) => {
    expect(parseBoundedJson(JSON.stringify([text, { [text]: text }]))).toEqual({
      ok: true,
      value: [text, { [text]: text }],
    });
  });

  test('a string that ends in a backslash does not hide the brackets behind it', () => {
    expect(parseBoundedJson(`["\\\\",${'['.repeat(MAX_DEPTH)}${']'.repeat(MAX_DEPTH)}]`)).toMatchObject({
      reason: 'too_deep',
    });
  });
});

describe('text that Postgres cannot hold', () => {
  test.each([
    ['NUL, escaped', '{"a":"x\\u0000y"}', 'a'],
    ['NUL in a key', '{"a":{"b\\u0000":1}}', 'a'],
    ['a lone high surrogate', '{"a":["ok","\\ud83d"]}', 'a.1'],
    ['a lone low surrogate', '{"a":{"b":"\\ude00"}}', 'a.b'],
    ['a pair the wrong way round', '{"a":"\\ude00\\ud83d"}', 'a'],
    ['a lone surrogate that is not escaped', '{"a":"\ud83d"}', 'a'],
    ['a lone surrogate in a key', '{"a":[{"\\ud83d":1}]}', 'a.0'],
    ['NUL as the whole body', '"\\u0000"', ''],
    ['NUL in a key of the body', '{"\\u0000":1}', ''],
  ])('%s is refused with its path', (_, text, path) => {
    const fault = parseBoundedJson(text);
    expect(fault).toMatchObject({ ok: false, reason: 'bad_text', path });
    expect((fault as JsonFault).message).toContain(path || 'the body');
  });

  test('NUL that is not escaped is no JSON', () => {
    expect(parseBoundedJson('{"a":"\u0000"}')).toMatchObject({ ok: false, reason: 'malformed_json' });
  });

  test.each(['\\ud83d\\ude00', '\u{1f600}', '\\ud83d\ude00', '\\ue000\\uffff', '\\\\u0000', '\\u0001'])(
    '"%s" is accepted',
    (text) => {
      expect(parseBoundedJson(`{"${text}":"${text}"}`)).toMatchObject({ ok: true });
    },
  );

  test('a text is holdable just when its UTF-8 comes back as the same text, without a NUL', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
        (text) => {
          const whole = new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(text)) === text;
          expect(isStorable(text)).toBe(whole && !text.includes('\u0000'));
        },
      ),
    );
  });
});

describe('numbers', () => {
  test.each(['1e400', '-1e400', '9007199254740993', '-9007199254740993', '9007199254740992', '123456789012345678'])(
    '%s is refused',
    (text) => {
      expect(parseBoundedJson(`{"a":{"b":[0,${text}]}}`)).toMatchObject({
        ok: false,
        reason: 'bad_number',
        path: 'a.b.1',
      });
    },
  );

  test.each(['9007199254740991', '-9007199254740991', '1e300', '-1.5e-300', '0.1', '1e21', '5e-324', '0'])(
    '%s is accepted',
    (text) => {
      expect(parseBoundedJson(text)).toEqual({ ok: true, value: Number(text) });
    },
  );

  test('-0 is accepted, and is 0 as soon as it is written', () => {
    const result = parseBoundedJson('[-0, -0.0]');
    expect(result.ok && JSON.stringify(result.value)).toBe('[0,0]');
  });
});

describe('keys', () => {
  test('of duplicate keys the last is kept, as in Postgres', () => {
    expect(parseBoundedJson('{"a":1,"b":2,"a":{"c":1,"c":3}}')).toEqual({ ok: true, value: { a: { c: 3 }, b: 2 } });
  });

  test('__proto__ is a key like any other, and changes no prototype', () => {
    const result = parseBoundedJson('{"__proto__":{"polluted":true},"constructor":1}');
    const value = (result as { value: object }).value;
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect('polluted' in value).toBe(false);
  });

  test('a fault below __proto__ is found', () => {
    expect(parseBoundedJson('{"__proto__":{"a":"\\u0000"}}')).toMatchObject({
      reason: 'bad_text',
      path: '__proto__.a',
    });
  });
});

describe('malformed JSON', () => {
  test.each([
    '',
    ' ',
    '{',
    '[1,]',
    '{"a":1}}',
    "{'a':1}",
    '{"a":undefined}',
    'NaN',
    '01',
    '"\n"',
    '\ufeff{}',
    ']'.repeat(100),
    '"',
  ])('%j', (text) => {
    expect(parseBoundedJson(text)).toMatchObject({ ok: false, reason: 'malformed_json', path: '' });
  });
});

describe('findFault', () => {
  test('names the first fault by its path, under the path that it is given', () => {
    const value: Json = { ok: 'x', a: { b: [1, true, { c: '\u0000', d: Number.NaN }] } };
    expect(findFault(value, '')).toMatchObject({ reason: 'bad_text', path: 'a.b.2.c' });
    expect(findFault(value, 'changes.0.data')).toMatchObject({ path: 'changes.0.data.a.b.2.c' });
    expect(findFault([[1, Number.POSITIVE_INFINITY]], '')).toMatchObject({ reason: 'bad_number', path: '0.1' });
    expect(findFault(2 ** 60, 'n')).toMatchObject({ reason: 'bad_number', path: 'n' });
  });

  test('a value without a fault has none, and comes back from its JSON as it is', () => {
    const text = fc.string({ unit: 'binary' }).filter(isStorable);
    const number = fc.oneof(
      fc.maxSafeInteger(),
      fc.double({ min: -1, max: 1, noNaN: true }).map((n) => n + 0),
    );
    const value = fc.anything({
      key: text,
      values: [text, number, fc.boolean(), fc.constant(null)],
      maxDepth: 3,
      maxKeys: 4,
    });
    fc.assert(
      fc.property(value, (sound) => {
        expect(findFault(sound as Json, '')).toBeNull();
        expect(parseBoundedJson(JSON.stringify(sound))).toEqual({ ok: true, value: sound });
      }),
    );
  });

  test('does not overflow the stack: past 32 levels it refuses and goes no deeper', () => {
    let deep: Json = 'x';
    for (let level = 0; level < 1_000_000; level += 1) deep = level % 2 ? [deep] : { a: deep };
    expect(findFault(deep, 'data')).toMatchObject({ reason: 'too_deep' });
    let allowed: Json = '\u0000';
    for (let level = 0; level < MAX_DEPTH; level += 1) allowed = [allowed];
    expect(findFault(allowed, '')).toMatchObject({ reason: 'bad_text' });
    expect(findFault([allowed], '')).toMatchObject({ reason: 'too_deep' });
  });
});
