import { expect, it } from 'vitest';
import { invalidRequest } from '../../src/http/problem.ts';

it('a problem quotes so much of what it was sent and no more', () => {
  const errors = Array.from({ length: 100_000 }, (_, i) => ({ path: `f${i}`, message: 'is not known' }));
  const many = invalidRequest(errors).toJSON();
  expect(many).toMatchObject({ detail: expect.stringMatching(/and 99997 more$/), errors: errors.slice(0, 100) });
  const long = invalidRequest([{ path: 'x'.repeat(1_000_000), message: 'y'.repeat(1_000_000) }]);
  expect(JSON.stringify(long).length).toBeLessThan(5_000);
});
