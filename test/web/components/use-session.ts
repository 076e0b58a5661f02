import { cleanup } from '@testing-library/svelte';
import { afterEach, beforeEach } from 'vitest';
import { session } from '../../../src/web/session/session.svelte.ts';
import { newDevice, type Tab } from '../replica/device.ts';

/** Declares for each test of a file an open session of a person whose device has no network, with a replica of its own. */
export function useSession(): { readonly replica: Tab } {
  let replica: Tab;
  let close = async () => {};
  beforeEach(async () => {
    const device = newDevice('http://nowhere.test', 'anna');
    device.goOffline();
    close = device.close;
    replica = await device.openTab();
    session.phase = { kind: 'open', userId: 'anna', replica };
    session.sync = { name: 'offline', reason: 'no_network' };
  });
  afterEach(async () => {
    cleanup();
    session.phase = { kind: 'starting' };
    await close();
  });
  return {
    get replica() {
      return replica;
    },
  };
}
