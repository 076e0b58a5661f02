// Negative controls: services that are broken in one way each. The attack catches every one of them, by the law it breaks.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';
import type { SentAnswer } from '../../support/read-answer.ts';
import { CANARY } from '../person-of-canaries.ts';
import { appTarget } from './app-target.ts';
import { attackService } from './attack-service.ts';
import type { SentRequest, Target } from './target.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app?.close());

type Breaks = (
  request: SentRequest,
  answer: SentAnswer,
  userId: string,
  target: Target,
) => SentAnswer | Promise<SentAnswer>;

const said = (answer: SentAnswer, change: (body: Record<string, unknown>) => object): SentAnswer =>
  /json/.test(answer.headers.get('content-type') ?? '') && answer.text !== ''
    ? { ...answer, text: JSON.stringify(change(JSON.parse(answer.text))) }
    : answer;

const BROKEN: [what: string, breaks: Breaks, law: RegExp][] = [
  [
    'an unexpected error becomes a 500',
    ({ method }, answer) => (method === 'GET' && answer.status === 404 ? { ...answer, status: 500 } : answer),
    /a 500/,
  ],
  [
    'a stack in a refusal',
    (_, answer) =>
      answer.status === 404 ? said(answer, (body) => ({ ...body, detail: new Error('x').stack })) : answer,
    /in a refusal/,
  ],
  [
    'SQL in a refusal',
    (_, answer) =>
      answer.status === 400
        ? said(answer, (body) => ({ ...body, detail: 'select data from records where id = $1' }))
        : answer,
    /in a refusal/,
  ],
  [
    'a code that is not documented',
    (_, answer) => (answer.status === 409 ? said(answer, (body) => ({ ...body, code: 'conflict' })) : answer),
    /does not mention the code conflict/,
  ],
  [
    'a status that is not documented',
    ({ method }, answer) => (method === 'DELETE' && answer.status === 404 ? { ...answer, status: 410 } : answer),
    /does not mention the status 410/,
  ],
  [
    'a member that is not documented',
    ({ path }, answer) =>
      path.startsWith('/api/policy') && answer.status === 200
        ? said(answer, (body) => ({ ...body, debug: 1 }))
        : answer,
    /Unrecognized key: "debug"/,
  ],
  [
    'a member that is missing',
    ({ path }, answer) =>
      path.startsWith('/api/missions') && answer.status === 201 ? said(answer, ({ planned, ...body }) => body) : answer,
    /does not mention the body of 201/,
  ],
  [
    'what is another’s, in a header',
    ({ path }, answer) => {
      if (path.startsWith('/sync/pull')) answer.headers.set('ETag', `"${CANARY}"`);
      return answer;
    },
    /stands in the answer/,
  ],
  [
    'written before it is judged',
    async (_, answer, userId, target) => {
      if (answer.status !== 415) return answer;
      const body = JSON.stringify({ title: 'half' });
      const headers = { 'Content-Type': 'application/json' };
      await target.send(userId, { method: 'PUT', path: `/api/records/todo/tasks/half-${userId}`, headers, body });
      return answer;
    },
    /415, and the log has grown/,
  ],
  [
    'all that was sent comes back in a refusal',
    ({ body }, answer) => (answer.status === 400 ? said(answer, (problem) => ({ ...problem, body })) : answer),
    /a refusal of \d+ characters/,
  ],
];

test.each(BROKEN)(
  '%s',
  async (_, breaks, law) => {
    const target = appTarget(app);
    const broken: Target = {
      ...target,
      async send(userId, request) {
        const answer = await target.send(userId, request);
        return userId?.startsWith('mallory') ? breaks(request, answer, userId, target) : answer;
      },
    };
    const seed = BROKEN.findIndex(([what]) => what === _) + 1;
    const attack = attackService(broken, { seed, rounds: 6, perOperation: 20, afterRound: async () => {} });
    const failure = await attack.then(
      () => null,
      (error: Error) => error,
    );
    // The message names the seed and the shrunk request, its cause the law.
    expect(failure?.message).toMatch(/seed: \d+[\s\S]*Counterexample/);
    expect(String((failure?.cause as Error | undefined)?.message)).toMatch(law);
  },
  180_000,
);
