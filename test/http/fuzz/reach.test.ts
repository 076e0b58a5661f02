// I25: every status and every code that the description promises is one that the service can answer.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { type DescribedService, describedService, outcomesOf } from '../../support/described-service.ts';
import { reachCommon, reachParticular } from './reach.ts';

let app: TestApp;
let service: DescribedService;
const reached = new Set<string>();
beforeAll(async () => {
  app = await startTestApp();
  app.onAnswer = (outcome) => void reached.add(outcome);
  service = describedService((await app.user().get('/openapi.json')).body);
});
afterAll(() => app?.close());

test('every documented answer of every operation is reached', async () => {
  for (const operation of service.operations) await reachCommon(app, operation);
  await reachParticular(app);
  const promised = service.operations.flatMap(outcomesOf);
  expect(promised.filter((outcome) => !reached.has(outcome))).toEqual([]);
}, 180_000);
