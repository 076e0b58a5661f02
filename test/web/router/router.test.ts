import { cleanup, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Router } from '../../../src/web/router/router.svelte.ts';
import type { Route } from '../../../src/web/router/routes.ts';
import { unsaved } from '../../../src/web/state/unsaved.svelte.ts';
import { until } from '../../support/until.ts';
import Page from './page.svelte';
import Shown from './shown.svelte';

const page = async () => ({ default: Page });
const ROUTES: Route[] = [
  { path: '/todo', load: page },
  { path: '/todo/:id', load: page },
  { path: '/notes', load: () => Promise.reject(new TypeError('Failed to fetch dynamically imported module')) },
];

let stop = () => {};
beforeEach(() => {
  history.replaceState(null, '', '/todo');
});
afterEach(() => {
  stop();
  cleanup();
  vi.restoreAllMocks();
});

async function start(path: string, routes = ROUTES) {
  history.replaceState(null, '', path);
  const router = new Router(routes, '/todo');
  render(Shown, { router });
  stop = router.start();
  await until(() => !router.going);
  return router;
}

const heading = () => screen.getByRole('heading').textContent;

describe('at the start', () => {
  it('shows the page of the address, with what its path says', async () => {
    await start('/todo/a%20b?x=1#y');
    expect(heading()).toBe('a b');
    expect(location.search + location.hash).toBe('?x=1#y');
    expect(document.activeElement).toBe(document.body);
  });

  it('leads from / to the home page, without a step back to it', async () => {
    const before = history.length;
    await start('/?x=1');
    expect(location.pathname + location.search).toBe('/todo?x=1');
    expect(history.length).toBe(before);
    expect(heading()).toBe('list');
  });

  it('says when there is no such page, or its code cannot be loaded', async () => {
    const reload = vi.spyOn(location, 'reload').mockImplementation(() => {});
    await start('/goals');
    expect(heading()).toBe('missing');
    stop();
    cleanup();
    await start('/notes');
    expect(heading()).toBe('failed');
    expect(reload).not.toHaveBeenCalled();
  });
});

describe('going to a page', () => {
  it('shows it, puts the focus on its heading, and can go back', async () => {
    const router = await start('/todo');
    await router.go('/todo/one?filter=open');
    expect(heading()).toBe('one');
    expect(router.shown.url.search).toBe('?filter=open');
    expect(document.activeElement).toBe(screen.getByRole('heading'));

    history.back();
    await until(() => heading() === 'list');
    expect(location.pathname).toBe('/todo');
  });

  it('in place of another leaves the focus and the history alone', async () => {
    const router = await start('/todo');
    const link = screen.getByText('one');
    link.focus();
    const before = history.length;
    await router.go('/todo?filter=done', { replace: true });
    expect(router.shown.url.search).toBe('?filter=done');
    expect(history.length).toBe(before);
    expect(document.activeElement).toBe(link);
  });

  it('shows the one that was gone to last, whichever is loaded first', async () => {
    let release = () => {};
    const slow = new Promise<void>((resolve) => {
      release = resolve;
    });
    const router = await start('/todo', [
      ...ROUTES,
      { path: '/places', load: () => slow.then(() => ({ default: Page })) },
    ]);
    const going = router.go('/places');
    expect(router.going).toBe(true);
    await router.go('/todo/one');
    release();
    await going;
    expect(heading()).toBe('one');
    expect(router.going).toBe(false);
  });

  it('loads the client anew when the code is gone, as after an update', async () => {
    const reload = vi.spyOn(location, 'reload').mockImplementation(() => {});
    const router = await start('/todo');
    await router.go('/notes');
    expect(reload).toHaveBeenCalledOnce();
    expect(location.pathname).toBe('/notes');
  });

  it('can be prepared: its code is loaded, and nothing else happens', async () => {
    const load = vi.fn(page);
    const router = await start('/todo', [...ROUTES, { path: '/goals/:id', load }]);
    const { href } = location;
    router.prepare('/goals/a');
    // Nothing comes of what cannot be loaded, or is no page.
    router.prepare('/notes');
    router.prepare('/nothing');
    expect(load).toHaveBeenCalledTimes(1);
    expect(location.href).toBe(href);
    expect(router.going).toBe(false);
  });

  it('within the page leaves the focus to the browser', async () => {
    const router = await start('/todo');
    history.replaceState(null, '', '/todo#main');
    window.dispatchEvent(new PopStateEvent('popstate'));
    await until(() => router.shown.url.hash === '#main');
    expect(document.activeElement).toBe(document.body);
  });

  it.each(['/docs', '/api/missions', 'https://elsewhere.example/todo'])('leaves %s to the browser', async (href) => {
    const assign = vi.spyOn(location, 'assign').mockImplementation(() => {});
    const router = await start('/todo');
    await router.go(href);
    expect(String(assign.mock.calls[0]?.[0])).toBe(new URL(href, location.href).href);
    expect(heading()).toBe('list');
  });
});

describe('with something unsaved on the page', () => {
  let isWritten = true;
  let forget = () => {};
  beforeEach(() => {
    isWritten = true;
    forget = unsaved.watch(() => isWritten);
  });
  afterEach(() => {
    unsaved.answer(false);
    forget();
  });

  it('asks before it goes to another page, and stays or goes as it is told', async () => {
    const router = await start('/todo');
    const staying = router.go('/todo/one');
    await until(() => unsaved.isAsked);
    unsaved.answer(false);
    await staying;
    expect([heading(), location.pathname]).toEqual(['list', '/todo']);

    const going = router.go('/todo/one');
    await until(() => unsaved.isAsked);
    unsaved.answer(true);
    await going;
    expect([heading(), location.pathname]).toEqual(['one', '/todo/one']);
  });

  it('asks nothing within the page, or when nothing is written any more', async () => {
    const router = await start('/todo');
    await router.go('/todo?filter=done', { replace: true });
    isWritten = false;
    await router.go('/todo/one');
    expect(heading()).toBe('one');
  });

  it('takes a step back again until it is told', async () => {
    isWritten = false;
    const router = await start('/todo');
    await router.go('/todo/one');
    isWritten = true;
    history.back();
    await until(() => unsaved.isAsked);
    await until(() => location.pathname === '/todo/one');
    unsaved.answer(false);
    expect(heading()).toBe('one');

    history.back();
    await until(() => unsaved.isAsked);
    await until(() => location.pathname === '/todo/one');
    unsaved.answer(true);
    await until(() => heading() === 'list');
    expect(location.pathname).toBe('/todo');
    history.forward();
    await until(() => heading() === 'one');
  });
});

describe('a link', () => {
  /** Whether the router took the click over from the browser, which is let do nothing. */
  function click(text: string, init: MouseEventInit = {}): boolean {
    let taken = false;
    const last = (event: Event) => {
      taken = event.defaultPrevented;
      event.preventDefault();
    };
    window.addEventListener('click', last, { once: true });
    screen.getByText(text).dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, ...init }));
    return taken;
  }

  it('to a page is followed here', async () => {
    const router = await start('/todo');
    expect(click('one')).toBe(true);
    await until(() => router.shown.url.pathname === '/todo/one');
    expect(heading()).toBe('one');
  });

  it.each(['docs', 'elsewhere', 'tab', 'download'])('(%s) that is for the browser is left to it', async (text) => {
    await start('/todo');
    expect(click(text)).toBe(false);
    expect(location.pathname).toBe('/todo');
  });

  it.each([{ ctrlKey: true }, { metaKey: true }, { shiftKey: true }, { altKey: true }, { button: 1 }])(
    'with %j opens as the browser does it',
    async (init) => {
      await start('/todo');
      expect(click('one', init)).toBe(false);
      expect(location.pathname).toBe('/todo');
    },
  );
});
