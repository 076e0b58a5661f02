/** The floor of a request: node:http that reads the body, if there is one, and answers the bytes that it was given. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveWorker } from '../harness/worker.ts';
import type { Answer } from './request-rate.ts';

export interface HttpFloorCalls {
  /** Where it answers. */
  url(): string;
  /** What it answers from now on. */
  answerWith(answer: Answer): void;
}

let answer: Answer = { status: 200, headers: [], body: '' };
const server = createServer((request, response) => {
  request.resume();
  request.once('end', () => {
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body);
  });
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');

serveWorker<HttpFloorCalls>({
  url: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  answerWith(given) {
    answer = given;
  },
});
