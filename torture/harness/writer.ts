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
  /** Answers that are no acknowledgement, no refusal and no word of a database that is away or full. */
  faults: string[];
}

export interface WriterOptions {
  baseUrl: string;
  user: string;
  clientId: string;
  token: string;
  tally: Tally;
}

const MAY_BE = ['database_unavailable', 'disk_full'];
const PATIENCE_MS = 5_000;
/** A broken build may never answer; what is unknown then stays unknown. */
const MOST_TRIES = 400;

export function createWriter({ baseUrl, user, clientId, token, tally }: WriterOptions): Writer {
  const told: PushedEvent[] = [];
  const faults: string[] = [];
  const impatient: typeof fetch = (url, init) => fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) });

  async function attempt(appId: string, changes: PushedChange[]): Promise<Told> {
    const client = createClient({ baseUrl, appId, clientId, token: () => token, fetch: impatient });
    try {
      await client.push(changes);
      return 'acknowledged';
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      if (error.status >= 500) tally.add(`pushes answered ${error.status}`);
      if (error.status >= 500 && !MAY_BE.includes(error.code)) faults.push(`${error.status} ${error.code}`);
      return error.status >= 400 && error.status < 500 && error.status !== 408 ? 'refused' : 'unknown';
    }
  }

  return {
    user,
    clientId,
    told,
    faults,
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
