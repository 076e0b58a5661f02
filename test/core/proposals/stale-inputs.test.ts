import { expect, test } from 'vitest';
import type { Json } from '../../../src/core/json.ts';
import type { Actor } from '../../../src/core/log/actor.ts';
import type { FieldWrite } from '../../../src/core/missions/plan-wanted.ts';
import { type InputState, staleInputs } from '../../../src/core/proposals/stale-inputs.ts';

const USER: Actor = { kind: 'user' };
const ai = (iterationId: string): Actor => ({
  ...{ kind: 'ai', missionId: 'm', iterationId, proposalId: `${iterationId}-0`, rationale: 'because' },
});
const NOTE = { appId: 'notes', table: 'notes', id: 'n1' };

const written = (position: number | null, actor: Actor = USER): FieldWrite => ({ position, actor, updatedAt: 'then' });
const there = (writes: Record<string, FieldWrite>): InputState => ({ deleted: false, writes });
const gone = (writes: Record<string, FieldWrite>): InputState => ({ deleted: true, writes });

/** What is stale of an iteration `m-1` that read one note at position 5. */
function stale(fields: string[], state: InputState | undefined, saw: { sawPosition?: number } = {}) {
  const data = { sawPosition: 5, reads: [{ ...NOTE, fields, ...saw }] };
  return staleInputs({ id: 'm-1', data }, (ref) => (ref.id === 'n1' ? state : undefined))?.map(({ field }) => field);
}

test('a field that was written after the iteration looked is stale, named with its record', () => {
  const data = { sawPosition: 5, reads: [{ ...NOTE, fields: ['title'] }] };
  expect(staleInputs({ id: 'm-1', data }, () => there({ title: written(6) }))).toEqual([{ ...NOTE, field: 'title' }]);
});

test('what it saw already, and what the prompt did not show, is not', () => {
  expect(stale(['title'], there({ title: written(5), colour: written(9) }))).toBeUndefined();
  expect(stale(['title', 'toString'], there({}))).toBeUndefined();
  expect(stale(['title'], undefined)).toBeUndefined();
});

test('a write that the log does not have yet counts', () => {
  expect(stale(['title'], there({ title: written(null) }))).toEqual(['title']);
});

test('its own effects do not count, those of another iteration do', () => {
  expect(stale(['title'], there({ title: written(7, ai('m-1')) }))).toBeUndefined();
  expect(stale(['title'], there({ title: written(7, ai('m-2')) }))).toEqual(['title']);
  expect(stale(['title'], gone({ deletedAt: written(7, ai('m-1')) }))).toBeUndefined();
});

test('a deletion is one change, whatever was written beside it', () => {
  expect(stale(['title'], gone({ title: written(6), deletedAt: written(7) }))).toEqual(['deletedAt']);
});

test('an insert over a record that is there has changed its fields, not that it is there', () => {
  expect(stale(['title'], there({ title: written(6), deletedAt: written(6) }))).toEqual(['title']);
});

test('of a record that was not there, only its appearing counts', () => {
  expect(stale(['deletedAt'], undefined)).toBeUndefined();
  expect(stale(['deletedAt'], gone({ title: written(9), deletedAt: written(3) }))).toBeUndefined();
  expect(stale(['deletedAt'], there({ title: written(9), deletedAt: written(9) }))).toEqual(['deletedAt']);
});

test('it appears by an update that comes before its insert too', () => {
  expect(stale(['deletedAt'], there({ title: written(9), notes: written(8) }))).toEqual(['deletedAt']);
  expect(stale(['deletedAt'], there({ title: written(9), notes: written(null) }))).toEqual(['deletedAt']);
  expect(stale(['deletedAt'], there({}))).toBeUndefined();
});

test('what a read tool showed later counts from then on', () => {
  expect(stale(['title'], there({ title: written(7) }), { sawPosition: 7 })).toBeUndefined();
  expect(stale(['title'], there({ title: written(8) }), { sawPosition: 7 })).toEqual(['title']);
});

test.each<Json[]>([
  [null],
  ['n1'],
  [[7, null, {}, { appId: 'notes', table: 'notes', id: 7 }, { ...NOTE, fields: 'title' }, { ...NOTE, fields: [7] }]],
])('reads that nobody could mean are none: %j', (reads) => {
  const state = there({ title: written(9) });
  expect(staleInputs({ id: 'm-1', data: { reads, sawPosition: 'x' } }, () => state)).toBeNull();
});
