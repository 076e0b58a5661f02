import { expect, test } from 'vitest';
import { carryIteration } from '../../../src/core/log/carry-iteration.ts';
import { createPositionMap } from '../../../src/core/log/position-map.ts';

const iteration = (data: object) =>
  JSON.stringify({ position: 4, recordId: 'm1-1', data: { want: 1, ...data }, actor: { kind: 'user' } });

function movedBy(distance: number) {
  const positions = createPositionMap();
  for (let position = 1; position <= 3; position++) positions.add(position, position + distance);
  return positions;
}

test('what an iteration and its read tools saw moves with the changes that they saw, and nothing else', () => {
  const reads = [{ id: 't1', fields: ['title'] }, { id: 't2', sawPosition: 3 }, 'forged', null];
  const carried = carryIteration(iteration({ sawPosition: 2, reads, __proto__: 1 }), movedBy(10));
  const moved = [{ id: 't1', fields: ['title'] }, { id: 't2', sawPosition: 13 }, 'forged', null];
  expect(JSON.parse(carried)).toEqual(JSON.parse(iteration({ sawPosition: 12, reads: moved, __proto__: 1 })));
});

test.each([
  ['nothing moved', iteration({ sawPosition: 2, reads: [{ sawPosition: 3 }] }), 0],
  ['it saw an empty log', iteration({ sawPosition: 0 }), 10],
  ['it is no position', iteration({ sawPosition: 'x', reads: 7 }), 10],
  ['the archive does not have it', iteration({ sawPosition: 99 }), 10],
])('the line stays as it came when %s', (_, text, distance) => {
  expect(carryIteration(text, movedBy(distance))).toBe(text);
});
