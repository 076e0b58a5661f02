/** The floor of streaming: a server that does nothing but keep responses open, and write to all of them what it is sent. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { serveWorker } from '../harness/worker.ts';

export interface StreamFloorCalls {
  /** Where it answers: GET opens a response that does not end, POST writes its body to all of these. */
  url(): string;
}

const open = new Set<ServerResponse>();
const server = createServer(async (request, response) => {
  if (request.method === 'POST') {
    const event = await buffer(request);
    for (const stream of open) stream.write(event);
    response.end();
    return;
  }
  open.add(response);
  response.once('close', () => open.delete(response));
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  response.write('retry: 2000\n\n');
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');

serveWorker<StreamFloorCalls>({
  url: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
});
