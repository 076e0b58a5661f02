/** The peer: a channel of better-sse on node:http, which broadcasts the event that it is sent. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createChannel, createSession } from 'better-sse';
import { serveWorker } from '../harness/worker.ts';
import type { StreamFloorCalls } from './stream-floor.ts';

const channel = createChannel();
const server = createServer(async (request, response) => {
  if (request.method === 'POST') {
    const event = await text(request);
    const id = /^id: (.*)$/m.exec(event)?.[1] as string;
    const data = /^data: (.*)$/m.exec(event)?.[1];
    channel.broadcast(data, 'changes', { eventId: id });
    response.end();
    return;
  }
  // The data is JSON already, as it is for the service.
  channel.register(await createSession(request, response, { serializer: String }));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');

serveWorker<StreamFloorCalls>({
  url: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
});
