import { type Component, tick } from 'svelte';
import { on } from 'svelte/events';
import { isClientPath } from '../client-paths.ts';
import { unsaved } from '../state/unsaved.svelte.ts';
import { matchRoute } from './match-route.ts';
import type { Route } from './routes.ts';

/**
 * What is shown: a page with the parameters of its path; nothing yet; nothing because no page has this path (`missing`) or
 * because its code could not be loaded (`failed`).
 */
export type Shown =
  | { kind: 'page'; page: Component<Record<string, string>>; params: Record<string, string>; url: URL }
  | { kind: 'loading' | 'missing' | 'failed'; url: URL };

// Our own, and not sv-router: that one takes over a Ctrl-click, which is to open a tab, and every link of this origin,
// such as the one to /docs; and it leaves the old page standing, without a word, when the code of the next cannot be loaded.
export class Router {
  #routes: readonly Route[];
  #home: string;
  #shown = $state.raw<Shown>({ kind: 'loading', url: new URL(location.href) });
  #going = $state(true);
  /** Where in the browser's history the shown page is, so that a step can be taken back. */
  #at = 0;

  constructor(routes: readonly Route[], home: string) {
    this.#routes = routes;
    this.#home = home;
  }

  get shown(): Shown {
    return this.#shown;
  }

  /** Whether the next page is being loaded while the one before it is still shown. */
  get going(): boolean {
    return this.#going;
  }

  /** Shows the page of the address bar, and from now on follows links and the browser's back and forward. Returns the way to stop. */
  start(): () => void {
    const off = [on(window, 'popstate', () => this.#return()), on(document, 'click', (event) => this.#follow(event))];
    const path = location.pathname === '/' ? this.#home : location.pathname;
    this.#at = placeOf(history.state) ?? 0;
    history.replaceState({ at: this.#at }, '', path + location.search + location.hash);
    void this.#show();
    return () => {
      for (const stop of off) stop();
    };
  }

  /**
   * Goes to a path of the client's, with its query and fragment; a path that is not the client's is left to the browser.
   * `replace` is for what is still the same place, such as another filter: the focus stays, and going back does not lead
   * to what was there before.
   */
  async go(href: string, { replace = false } = {}): Promise<void> {
    const url = new URL(href, location.href);
    if (url.origin !== location.origin || !isClientPath(url.pathname)) {
      location.assign(url);
      return;
    }
    if (url.pathname === '/') url.pathname = this.#home;
    if (!replace && unsaved.any && !this.#isShown(url) && !(await unsaved.mayLeavePage())) return;
    if (replace || url.href === location.href) {
      history.replaceState({ at: this.#at }, '', url);
    } else {
      this.#at += 1;
      history.pushState({ at: this.#at }, '', url);
    }
    await this.#show();
    if (replace) return;
    scrollTo(0, 0);
    await focusHeading();
  }

  /** Loads the code of a page that will be gone to next. */
  prepare(href: string): void {
    const found = matchRoute(this.#routes, new URL(href, location.href).pathname);
    // Whoever goes there is told if it cannot be loaded.
    found?.route.load().catch(() => {});
  }

  /** To where the browser has gone back or forward, or within the page: then its own care of the focus is right. */
  async #return(): Promise<void> {
    const isSamePage = this.#isShown(location);
    const at = placeOf(history.state);
    const steps = (at ?? this.#at) - this.#at;
    if (!isSamePage && steps !== 0 && unsaved.any) {
      // The browser does not ask before it goes.
      history.go(-steps);
      if (await unsaved.mayLeavePage()) history.go(steps);
      return;
    }
    // A fragment that was gone to is a place of the browser's making.
    this.#at = at ?? this.#at + 1;
    if (at === undefined) history.replaceState({ at: this.#at }, '');
    await this.#show();
    if (!isSamePage) await focusHeading();
  }

  #isShown({ pathname, search }: Pick<URL, 'pathname' | 'search'>): boolean {
    const { url } = this.#shown;
    return url.pathname === pathname && url.search === search;
  }

  async #show(): Promise<void> {
    const url = new URL(location.href);
    const found = matchRoute(this.#routes, url.pathname);
    if (!found) {
      this.#settle({ kind: 'missing', url });
      return;
    }
    this.#going = true;
    try {
      const { default: page } = await found.route.load();
      // Another page may have been gone to meanwhile.
      if (url.href === location.href) this.#settle({ kind: 'page', page, params: found.params, url });
    } catch {
      if (url.href !== location.href) return;
      // The service may have been updated, so that this file is gone: then the page as it is now has the right name. At
      // the first page there is nothing newer to be had.
      if (this.#shown.kind === 'loading') this.#settle({ kind: 'failed', url });
      else location.reload();
    }
  }

  #settle(shown: Shown): void {
    this.#shown = shown;
    this.#going = false;
  }

  #follow(event: MouseEvent): void {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!link?.href || !isPlain || event.defaultPrevented || link.target || link.hasAttribute('download')) return;
    const url = new URL(link.href);
    const isFragment = url.hash !== '' && url.pathname === location.pathname && url.search === location.search;
    if (url.origin !== location.origin || !isClientPath(url.pathname) || isFragment) return;
    event.preventDefault();
    void this.go(url.href);
  }
}

function placeOf(state: unknown): number | undefined {
  const { at } = (state ?? {}) as { at?: unknown };
  return typeof at === 'number' ? at : undefined;
}

/** Says to a screen reader where one has come to, and lets the keyboard go on from there. */
async function focusHeading(): Promise<void> {
  await tick();
  document.querySelector('h1')?.focus({ preventScroll: true });
}
