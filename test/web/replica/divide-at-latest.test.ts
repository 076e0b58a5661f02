import { expect, test } from 'vitest';
import { divideAtLatest } from '../../../src/web/replica/divide-at-latest.ts';

const LATEST = '2026-03-01T10:01:00.000Z';
const early = { times: ['2026-03-01T10:00:00.000Z', '2026-03-01T10:01:00.001Z'], isInTheLog: false };
const fitting = { times: [LATEST], isInTheLog: false };
const divide = (...rows: (typeof early)[]) => divideAtLatest(rows, LATEST, (row) => row);

test('what is further ahead than the log takes is stamped anew, the rest stays', () => {
  expect(divide(early, fitting)).toEqual({ early: [early], kept: [LATEST] });
});

test('what the log has already stays, and what is stamped anew comes after it', () => {
  const arrived = { times: ['2026-03-01T10:00:50.000Z'], isInTheLog: true };
  expect(divide(arrived, early)).toEqual({ early: [early], kept: arrived.times });
  // As when the service's clock was set back: it is in the log nonetheless.
  const ahead = { ...early, isInTheLog: true };
  expect(divide(ahead)).toEqual({ early: [], kept: ahead.times });
});
