/**
 * What the person sees of syncing, as a pure machine: the states, the events, and a cell for each pair of them.
 *
 *   idle     nothing is exchanged: the sync has not begun, is connecting, or has ended
 *   live     all that the service has is here, and what comes arrives at once
 *   pushing  live, and on the way to the service is what it lacks
 *   offline  the service does not answer; changes are kept and go out by themselves when it does
 *   error    somebody must do something: sign in, free storage, update the client
 */
export type SyncStateName = 'idle' | 'live' | 'pushing' | 'offline' | 'error';

/** Why the state is as it is, for a badge to put into words. */
export type SyncReason =
  | 'not_started'
  | 'connecting'
  | 'stopped'
  | 'up_to_date'
  | 'sending'
  | 'no_network'
  | 'service_unreachable'
  | 'service_busy'
  | 'sign_in_needed'
  | 'storage_full'
  | 'storage_failed'
  | 'service_refused'
  | 'unexpected';

export interface SyncState {
  name: SyncStateName;
  reason: SyncReason;
}

export type SyncEvent =
  /** This replica's sync begins. */
  | 'start'
  /** All pages are in; the stream is next. */
  | 'caught_up'
  /** A push is on its way, and there is nothing more to push. */
  | 'sending'
  | 'sent'
  /** The device says that it has no network; no answer came; the service asks to come back later. */
  | 'network_lost'
  | 'unreachable'
  | 'busy'
  /** The service wants a token that counts; it refuses in a way that another try does not mend. */
  | 'unauthorised'
  | 'refused'
  /** What was to be stored here was not. */
  | 'storage_full'
  | 'storage_failed'
  /** A fault of the program. */
  | 'failed'
  /** Somebody asks for another try now: the person, or the network that is back. */
  | 'retry'
  | 'stop';

export const INITIAL_SYNC_STATE: SyncState = { name: 'idle', reason: 'not_started' };

/** The state after an event. */
export function nextSyncState(state: SyncState, event: SyncEvent): SyncState {
  const next = TRANSITIONS[state.name][event];
  return next === 'stays' ? state : next;
}

const CONNECTING: SyncState = { name: 'idle', reason: 'connecting' };
const STOPPED: SyncState = { name: 'idle', reason: 'stopped' };
const LIVE: SyncState = { name: 'live', reason: 'up_to_date' };
const PUSHING: SyncState = { name: 'pushing', reason: 'sending' };

/** What interrupts the sync does so in whatever state it is. */
const INTERRUPTIONS = {
  network_lost: { name: 'offline', reason: 'no_network' },
  unreachable: { name: 'offline', reason: 'service_unreachable' },
  busy: { name: 'offline', reason: 'service_busy' },
  unauthorised: { name: 'error', reason: 'sign_in_needed' },
  refused: { name: 'error', reason: 'service_refused' },
  storage_full: { name: 'error', reason: 'storage_full' },
  storage_failed: { name: 'error', reason: 'storage_failed' },
  failed: { name: 'error', reason: 'unexpected' },
  stop: STOPPED,
} as const satisfies Partial<Record<SyncEvent, SyncState>>;

const TRANSITIONS: Record<SyncStateName, Record<SyncEvent, SyncState | 'stays'>> = {
  idle: { ...INTERRUPTIONS, start: CONNECTING, caught_up: LIVE, sending: 'stays', sent: 'stays', retry: CONNECTING },
  live: { ...INTERRUPTIONS, start: CONNECTING, caught_up: 'stays', sending: PUSHING, sent: 'stays', retry: 'stays' },
  pushing: { ...INTERRUPTIONS, start: CONNECTING, caught_up: LIVE, sending: 'stays', sent: LIVE, retry: 'stays' },
  offline: { ...INTERRUPTIONS, start: CONNECTING, caught_up: LIVE, sending: 'stays', sent: 'stays', retry: CONNECTING },
  error: { ...INTERRUPTIONS, start: CONNECTING, caught_up: LIVE, sending: 'stays', sent: 'stays', retry: CONNECTING },
};
