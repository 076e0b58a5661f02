import { setTimeout as delay } from 'node:timers/promises';
import { createClient, type PushedChange, SyncError } from '../../src/client/index.ts';
import type { PushedEvent, Told } from '../checker/evidence.ts';
import type { Tally } from './tally.ts';

/** A device that pushes, and pushes again what it does not know the outcome of, under the same event ids. */
export interface Writer {
  user: string;
  clientId: string;
  /** Resolves once it was told for sure, or has given up. */
  push(appId: string, changes: PushedChange[]): Promise<Told>;
  told: PushedEvent[];
}

export interface WriterOptions {
  baseUrl: string;
  user: string;
  clientId: string;
  token: string;
  tally: Tally;
}

const PATIENCE_MS = 5_000;
/** A broken build may never answer; what is unknown then stays unknown. */
const MOST_TRIES = 400;

export function createWriter({ baseUrl, user, clientId, token, tally }: WriterOptions): Writer {
  const told: PushedEvent[] = [];
  const impatient: typeof fetch = (url, init) => fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) });

  async function attempt(appId: string, changes: PushedChange[]): Promise<Told> {
    const client = createClient({ baseUrl, appId, clientId, token: () => token, fetch: impatient });
    try {
      await client.push(changes);
      return 'acknowledged';
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      return error.status >= 400 && error.status < 500 && error.status !== 408 ? 'refused' : 'unknown';
    }
  }

  return {
    user,
    clientId,
    told,
    async push(appId, changes) {
      const events = changes.map(({ eventId = '' }): PushedEvent => ({ eventId, told: [] }));
      told.push(...events);
      tally.add('changes pushed', changes.length);
      for (let tries = 1; ; tries++) {
        const answer = await attempt(appId, changes);
        for (const event of events) event.told.push(answer);
        tally.add(`pushes ${answer}`);
        if (answer !== 'unknown' || tries === MOST_TRIES) return answer;
        await delay(25);
      }
    },
  };
}
