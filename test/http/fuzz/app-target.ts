import type { App } from '../../../src/http/app.ts';
import type { TestApp } from '../../support/app.ts';
import { readAnswer } from '../../support/read-answer.ts';
import type { Target } from './target.ts';

/** A service in this process, called without a socket; `app` where it is not the one that was started. */
export function appTarget(service: TestApp, app: App = service.variant({})): Target {
  return {
    async send(userId, { method, path, headers, body }) {
      const identity: Record<string, string> = userId === null ? {} : { 'X-Test-User': userId };
      const sent = typeof body === 'string' || body === null ? body : inPieces(body);
      const init = { method, headers: { ...headers, ...identity }, body: sent, duplex: 'half' };
      return readAnswer(await app.request(path, init as RequestInit));
    },
    headOf: service.headOf,
    sweep: () => service.runner.sweep(),
    failures() {
      const failures = service.logged.filter((line) => line.includes('"level":50'));
      service.logged.length = 0;
      return failures;
    },
  };
}

/** A body as a connection brings it: not whole. */
function inPieces(bytes: Uint8Array<ArrayBuffer>): ReadableStream {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(bytes.subarray(at, at + PIECE));
      at += PIECE;
      if (at >= bytes.length) controller.close();
    },
  });
}

const PIECE = 1_000;
