import { tick } from 'svelte';
import type { Json } from '../../core/json.ts';
import { defaultRegistry } from '../../core/modules/registry.ts';
import type { SyncState } from '../../core/sync/sync-state.ts';
import { INITIAL_SYNC_STATE } from '../../core/sync/sync-state.ts';
import { browserPlatform } from '../replica/browser-platform.ts';
import { openReplica, type Replica } from '../replica/open-replica.ts';
import { type Answer, askService } from './ask-service.ts';
import { readSession, type StoredSession, takeTokenOfAddress, writeSession } from './stored-session.ts';

/**
 * Where the person stands:
 *   starting     it is not known yet whose page this is
 *   unreachable  nobody was here before, and the service does not answer
 *   signed_out   the service wants a token; `fault` says what was wrong with the one that was given
 *   open         the person's replica is open, whether or not the service can be reached
 *   closed       another tab has signed out, or has a newer version: load the page anew
 *   failed       the browser does not let the replica be opened
 */
export type Phase =
  | { kind: 'starting' }
  | { kind: 'unreachable' }
  | { kind: 'signed_out'; fault: string | null }
  | { kind: 'open'; userId: string; replica: Replica }
  | { kind: 'closed' }
  | { kind: 'failed'; message: string };

/** Who uses the page, and their replica. */
class Session {
  phase = $state.raw<Phase>({ kind: 'starting' });
  sync = $state.raw<SyncState>(INITIAL_SYNC_STATE);
  #stored: StoredSession | null = null;

  /** The open replica; only pages of an open session ask for it. */
  get replica(): Replica {
    if (this.phase.kind !== 'open') throw new Error('no session is open');
    return this.phase.replica;
  }

  /** The token of an embedding page, whoever was here before, or the service's one user. */
  async start(): Promise<void> {
    const handedOver = takeTokenOfAddress();
    const stored = readSession();
    if (handedOver !== null) await this.signIn(handedOver);
    else if (stored) await this.#open(stored);
    else await this.signIn(null);
  }

  /** Signs in with a token, or without one where the service has none. Known by what the service says of it. */
  async signIn(token: string | null): Promise<void> {
    const given = token?.trim() || null;
    const me = await askService<{ userId: string }>('/api/me', { token: given });
    if (me.ok) {
      await this.#open({ userId: me.body.userId, token: given });
    } else if (me.status === 401) {
      this.phase = { kind: 'signed_out', fault: given === null ? null : me.detail };
    } else if (this.phase.kind !== 'open') {
      this.phase = { kind: 'unreachable' };
    }
  }

  /** Removes all that is stored on this device, what was not pushed included: ask first. */
  async signOut(): Promise<void> {
    const { replica } = this;
    writeSession(null);
    this.#stored = null;
    // First the pages go, which read what is to be removed.
    this.phase = { kind: 'starting' };
    await tick();
    await replica.signOut();
    await this.signIn(null);
  }

  /** Asks the service, as this person. */
  ask<T>(path: string, request: { method?: 'GET' | 'POST' | 'PUT'; body?: Json } = {}): Promise<Answer<T>> {
    return askService<T>(path, { ...request, token: this.#stored?.token ?? null });
  }

  async #open(stored: StoredSession): Promise<void> {
    const { userId } = stored;
    this.#stored = stored;
    writeSession(stored);
    // The same person with another token: the replica asks for it with its next request.
    if (this.phase.kind === 'open' && this.phase.userId === userId) {
      this.phase.replica.retry();
      return;
    }
    if (this.phase.kind === 'open') await this.phase.replica.close();
    try {
      const replica = await openReplica({
        ...{ baseUrl: location.origin, userId, registry: defaultRegistry, platform: browserPlatform() },
        ...(stored.token === null ? {} : { token: () => this.#stored?.token ?? '' }),
        onClosed: () => {
          if (this.phase.kind === 'open' && this.phase.userId === userId) this.phase = { kind: 'closed' };
        },
      });
      replica.onSyncState((state) => {
        this.sync = state;
      });
      this.phase = { kind: 'open', userId, replica };
    } catch (error) {
      this.phase = { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
    }
  }
}

export const session = new Session();
