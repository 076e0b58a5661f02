import type { BenchService } from '../harness/bench-service.ts';
import type { ComparisonOptions } from '../harness/compare.ts';
import { APP_ID, CLIENT_ID, taskChanges } from '../harness/task-changes.ts';
import type { Worker } from '../harness/worker.ts';
import type { HttpFloorCalls } from './http-floor.ts';
import { ask, type Exchange, requestRate } from './request-rate.ts';

const USER_ID = 'caller';

/** The main routes, each against node:http that answers what the service has answered. */
export async function measureRequests(deps: {
  service: BenchService;
  floor: Worker<HttpFloorCalls>;
  requests: number;
}): Promise<ComparisonOptions[]> {
  const { service, floor, requests } = deps;
  const floorUrl = await floor.call('url');
  const headers = { Authorization: await service.authorization(USER_ID) };
  let since = '0';
  const push: Exchange = {
    method: 'POST',
    path: `/sync/${APP_ID}`,
    headers,
    body: () => JSON.stringify({ clientId: CLIENT_ID, since, changes: taskChanges(1) }),
    hear(body) {
      since = (JSON.parse(body) as { syncedUntil: string }).syncedUntil;
    },
  };
  push.hear?.((await ask(service.url, push)).body);

  const routes: Exchange[] = [
    { method: 'GET', path: '/livez', headers: {} },
    { method: 'GET', path: '/api/missions', headers },
    { method: 'GET', path: `/sync/${APP_ID}/pull?since=${since}`, headers },
    push,
  ];
  return Promise.all(routes.map(compareRoute));

  async function compareRoute(exchange: Exchange): Promise<ComparisonOptions> {
    const answer = await ask(service.url, exchange);
    const [route] = exchange.path.split('?');
    return {
      title: `${exchange.method} ${route}`,
      unit: 'requests/s',
      floor: {
        name: 'bare node:http, the same bytes',
        async measure() {
          await floor.call('answerWith', answer);
          return requestRate(floorUrl, exchange, requests);
        },
      },
      others: [{ name: 'the service', measure: () => requestRate(service.url, exchange, requests) }],
    };
  }
}
