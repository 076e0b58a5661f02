import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { canonicalAction } from '../../../src/core/proposals/proposal.ts';
import { canonical } from '../log/histories.ts';

test('an action has one text, whatever the order of its keys', () => {
  const params = { title: 'Call', at: { place: 'here', time: [1, 2] } };
  expect(canonicalAction('create_task', { at: { time: [1, 2], place: 'here' }, title: 'Call' })).toBe(
    canonicalAction('create_task', params),
  );
  // Proposals in logs are bound to hashes of this text: it stays as it is.
  expect(canonicalAction('create_task', params)).toBe(
    '["create_task",[["at",[["place","here"],["time",[1,2]]]],["title","Call"]]]',
  );
});

test.each<[string, JsonObject, JsonObject]>([
  ['an object and the list of its members', { x: { a: 1 } }, { x: [['a', 1]] }],
  ['no members and no items', { x: {} }, { x: [] }],
  ['an object in a list and a list in it', { x: [{ a: 1 }] }, { x: [[['a', 1]]] }],
  ['a wrapped list and an object of that form', { x: [] }, { x: { list: [] } }],
  ['a number and its text', { x: 1 }, { x: '1' }],
  ['a field that is null and none', { x: null }, {}],
])('%s are different actions', (_, one, other) => {
  expect(canonicalAction('t', one)).not.toBe(canonicalAction('t', other));
});

test('two actions have one text only where they are the same', () => {
  const name = fc.constantFrom('a', 'b', 'list', '__proto__');
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom<unknown>(null, 1, 'a', 'b', 'list'),
      fc.array(tie('value'), { maxLength: 2 }),
      fc.array(fc.tuple(name, tie('value')), { maxLength: 2 }).map((entries) => Object.fromEntries(entries)),
    ),
  }));
  const params = fc.record({ x: value }) as fc.Arbitrary<JsonObject>;
  fc.assert(
    fc.property(params, params, (one, other) => {
      expect(canonicalAction('t', one) === canonicalAction('t', other)).toBe(canonical(one) === canonical(other));
    }),
    { numRuns: 20_000 },
  );
});
