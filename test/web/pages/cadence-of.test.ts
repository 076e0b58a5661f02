import { expect, test } from 'vitest';
import { cadenceOf } from '../../../src/web/pages/missions/list-missions.ts';
import { record } from './support.ts';

const AT = '2026-03-01T10:00:00.000Z';
const ended = (reason?: string) =>
  record('ai', 'aiIterations', 'm-1', { finishedAt: AT, ...(reason === undefined ? {} : { error: { reason } }) });

test('the cadence counts from the end of the newest iteration, failed ones included', () => {
  const counts = { cadenceFrom: new Date(AT), isQuarantined: false };
  expect(cadenceOf(ended())).toEqual(counts);
  expect(cadenceOf(ended('model_unavailable'))).toEqual(counts);
  expect(cadenceOf(undefined)).toEqual({ cadenceFrom: null, isQuarantined: false });
});

test('that of a quarantined mission rests', () => {
  expect(cadenceOf(ended('attempts_exhausted'))).toEqual({ cadenceFrom: null, isQuarantined: true });
});
