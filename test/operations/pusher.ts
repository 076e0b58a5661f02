/** Pushes one change at a time to the service, each again until it is acknowledged, and remembers what was. */
export interface Pusher {
  acknowledged: string[];
  /** Each answer that was no acknowledgement: its status and code, or `none` where the connection broke. */
  refusals: string[];
  /** Waits until so many more were acknowledged. */
  more(count: number): Promise<void>;
  stop(): Promise<void>;
}

export function startPusher(url: string, name: string): Pusher {
  let going = true;
  let told = () => {};
  const pusher: Pusher = {
    acknowledged: [],
    refusals: [],
    async more(count) {
      const wanted = pusher.acknowledged.length + count;
      while (pusher.acknowledged.length < wanted) {
        await new Promise<void>((resolve) => {
          told = resolve;
        });
      }
    },
    async stop() {
      going = false;
      await running;
    },
  };
  const running = run();
  return pusher;

  async function run(): Promise<void> {
    for (let n = 1; going; n++) {
      const eventId = `${name}-${n}`;
      while (!(await push(url, eventId, pusher.refusals))) if (!going) return;
      pusher.acknowledged.push(eventId);
      told();
    }
  }
}

async function push(url: string, eventId: string, refusals: string[]): Promise<boolean> {
  const change = { eventId, table: 'tasks', id: eventId, op: 'insert', data: { title: eventId } };
  const response = await fetch(`${url}/sync/todo`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ clientId: 'pusher', changes: [change] }),
  }).catch(() => null);
  const text = await response?.text().catch(() => null);
  if (response?.status === 200 && text) return true;
  refusals.push(response ? `${response.status} ${/"code":"(\w+)"/.exec(text ?? '')?.[1]}` : 'none');
  return false;
}
