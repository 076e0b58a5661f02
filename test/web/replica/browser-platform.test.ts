import { afterEach, expect, test, vi } from 'vitest';
import { browserPlatform } from '../../../src/web/replica/browser-platform.ts';

afterEach(() => void vi.unstubAllGlobals());

function stubPage(navigator: object): EventTarget {
  const page = new EventTarget();
  vi.stubGlobal('navigator', navigator);
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
  vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page));
  return page;
}

test('tells of the network when it comes and goes, until it is told to stop', () => {
  const navigator = { onLine: true };
  const page = stubPage(navigator);
  const { network } = browserPlatform();
  const heard: boolean[] = [];
  const stop = network.onChange(() => void heard.push(network.isOnline()));
  navigator.onLine = false;
  page.dispatchEvent(new Event('offline'));
  navigator.onLine = true;
  page.dispatchEvent(new Event('online'));
  stop();
  page.dispatchEvent(new Event('offline'));
  expect(heard).toEqual([false, true]);
});

test('has the locks of the browser; where there are none every tab may lead', async () => {
  const locks = { request: vi.fn() };
  stubPage({ onLine: true, locks });
  expect(browserPlatform().locks).toBe(locks);
  stubPage({ onLine: true });
  const held: string[] = [];
  const options = { signal: new AbortController().signal };
  for (const tab of ['a', 'b']) await browserPlatform().locks.request('x', options, async () => void held.push(tab));
  expect(held).toEqual(['a', 'b']);
});

test('makes ids that nobody else makes, also where the page is not served securely', () => {
  stubPage({ onLine: true });
  const { newId } = browserPlatform();
  const ids = Array.from({ length: 1_000 }, newId);
  expect(new Set(ids).size).toBe(1_000);
  expect(ids.every((id) => /^[0-9a-f]{32}$/.test(id))).toBe(true);
});
