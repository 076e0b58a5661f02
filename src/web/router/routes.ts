import type { Component } from 'svelte';

// biome-ignore lint/suspicious/noExplicitAny: a page takes the parameters of its own path as properties.
type Page = Component<any>;

export interface Route {
  path: string;
  /** A page is loaded when it is first gone to. */
  load(): Promise<{ default: Page }>;
}

/** Where `/` leads. */
export const HOME = '/companion/missions';

/** Every page, with its path. The segments that start with a colon are properties of the page. */
export const ROUTES: readonly Route[] = [
  { path: '/companion/missions', load: () => import('../pages/missions/missions-page.svelte') },
  { path: '/companion/missions/new', load: () => import('../pages/missions/new-mission-page.svelte') },
  { path: '/companion/missions/:id', load: () => import('../pages/mission/mission-page.svelte') },
  { path: '/companion/workbench', load: () => import('../pages/workbench.svelte') },
  { path: '/inbox', load: () => import('../pages/inbox/inbox-page.svelte') },
  { path: '/todo', load: () => import('../pages/todo/todo-page.svelte') },
  { path: '/calendar', load: () => import('../pages/calendar/calendar-page.svelte') },
  { path: '/places', load: () => import('../pages/places/places-page.svelte') },
  { path: '/notes', load: () => import('../pages/notes/notes-page.svelte') },
  { path: '/goals', load: () => import('../pages/goals/goals-page.svelte') },
];
