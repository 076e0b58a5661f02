import { describe, expect, test } from 'vitest';
import {
  INITIAL_SYNC_STATE,
  nextSyncState,
  type SyncEvent,
  type SyncReason,
  type SyncState,
  type SyncStateName,
} from '../../../src/core/sync/sync-state.ts';

const STATES: Record<SyncStateName, SyncState> = {
  idle: { name: 'idle', reason: 'stopped' },
  live: { name: 'live', reason: 'up_to_date' },
  pushing: { name: 'pushing', reason: 'sending' },
  offline: { name: 'offline', reason: 'service_busy' },
  error: { name: 'error', reason: 'storage_full' },
};

/** For each event what comes of idle, live, pushing, offline and error; `=`: nothing changes. */
const CELLS: Record<SyncEvent, string> = {
  start: 'connecting connecting connecting connecting connecting',
  caught_up: 'up_to_date = up_to_date up_to_date up_to_date',
  sending: '= sending = = =',
  sent: '= = up_to_date = =',
  network_lost: 'no_network no_network no_network no_network no_network',
  unreachable: 'service_unreachable service_unreachable service_unreachable service_unreachable service_unreachable',
  busy: 'service_busy service_busy service_busy service_busy service_busy',
  unauthorised: 'sign_in_needed sign_in_needed sign_in_needed sign_in_needed sign_in_needed',
  refused: 'service_refused service_refused service_refused service_refused service_refused',
  storage_full: 'storage_full storage_full storage_full storage_full storage_full',
  storage_failed: 'storage_failed storage_failed storage_failed storage_failed storage_failed',
  failed: 'unexpected unexpected unexpected unexpected unexpected',
  retry: 'connecting = = connecting connecting',
  stop: 'stopped stopped stopped stopped stopped',
};

/** To which state each reason belongs. */
const STATE_OF: Record<SyncReason, SyncStateName> = {
  not_started: 'idle',
  connecting: 'idle',
  stopped: 'idle',
  up_to_date: 'live',
  sending: 'pushing',
  no_network: 'offline',
  service_unreachable: 'offline',
  service_busy: 'offline',
  sign_in_needed: 'error',
  service_refused: 'error',
  storage_full: 'error',
  storage_failed: 'error',
  unexpected: 'error',
};

describe.each(Object.entries(CELLS) as [SyncEvent, string][])('%s', (event, cells) => {
  const expected = cells.split(' ');
  test.each(Object.values(STATES).map((state, index) => [state.name, expected[index] as string] as const))(
    'in %s: %s',
    (name, reason) => {
      const next = nextSyncState(STATES[name], event);
      if (reason === '=') expect(next).toBe(STATES[name]);
      else expect(next).toEqual({ name: STATE_OF[reason as SyncReason], reason });
    },
  );
});

test('it begins idle', () => {
  expect(INITIAL_SYNC_STATE).toEqual({ name: 'idle', reason: 'not_started' });
});
