import { expect, test } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { expectedRun } from '../../../src/web/pages/missions/expected-run.ts';
import { readMission } from '../../../src/web/pages/missions/read-mission.ts';

const read = (data: JsonObject) => readMission({ id: 'm1', data });
const FINISHED = new Date('2026-03-01T10:00:00Z');

test('a mission with nothing but its id can be shown', () => {
  expect(read({})).toEqual({
    id: 'm1',
    name: 'm1',
    objective: '',
    conceptMarkdown: '',
    inputs: [],
    replanOnInputs: false,
    dailyTokens: null,
    cadence: { kind: 'manual' },
    timeZone: 'UTC',
    state: 'active',
  });
});

test('so can one whose every field is of the wrong kind', () => {
  expect(
    read({ title: {}, objective: [], conceptMarkdown: 7, inputs: 'n1', cadence: 'daily', timeZone: 7, state: 'x' }),
  ).toMatchObject({ name: 'm1', objective: '', inputs: [], cadence: null, timeZone: null, state: null });
});

test('of its inputs those count that name a record, each once', () => {
  const note = { appId: 'notes', table: 'notes', id: 'n1' };
  expect(read({ inputs: [note, null, 'n1', { appId: 'notes' }, { ...note }] }).inputs).toEqual([note]);
});

test('the next run is reckoned from the end of the newest iteration, and may be over', () => {
  const mission = read({ cadence: { kind: 'interval', everyMinutes: 30 } });
  expect(expectedRun(mission, FINISHED)).toEqual(new Date('2026-03-01T10:30:00Z'));
});

test('it is read on the clock of the mission', () => {
  const mission = read({ cadence: { kind: 'daily', atHour: 9, atMinute: 0 }, timeZone: 'America/New_York' });
  expect(expectedRun(mission, FINISHED)).toEqual(new Date('2026-03-01T14:00:00Z'));
});

test.each([
  ['rests', { state: 'paused' }],
  ['is planned by hand', { cadence: { kind: 'manual' } }],
  ['has a cadence that cannot be read', { cadence: { kind: 'hourly' } }],
  ['has a time zone that nobody knows', { timeZone: 'Mars/Olympus' }],
])('a mission that %s has no next run', (_, over) => {
  const mission = read({ cadence: { kind: 'interval', everyMinutes: 30 }, ...over });
  expect(expectedRun(mission, FINISHED)).toBeNull();
});

test('nor has one that was never planned: it waits for no time', () => {
  expect(expectedRun(read({ cadence: { kind: 'interval', everyMinutes: 30 } }), null)).toBeNull();
});
