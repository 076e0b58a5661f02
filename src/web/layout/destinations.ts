import type { Words } from '../i18n/en.ts';
import type { IconName } from '../icons/icon-paths.ts';

export interface Destination {
  name: Exclude<keyof Words['nav'], 'pending'>;
  href: string;
  icon: IconName;
  /** Goes there, pressed after `g`. */
  key: string;
}

/** Where the navigation leads, in its order. The first four have a place of their own in the bar of a small window. */
export const DESTINATIONS: readonly Destination[] = [
  { name: 'missions', href: '/companion/missions', icon: 'missions', key: 'm' },
  { name: 'inbox', href: '/inbox', icon: 'inbox', key: 'i' },
  { name: 'todo', href: '/todo', icon: 'todo', key: 't' },
  { name: 'calendar', href: '/calendar', icon: 'calendar', key: 'c' },
  { name: 'places', href: '/places', icon: 'places', key: 'p' },
  { name: 'notes', href: '/notes', icon: 'notes', key: 'n' },
  { name: 'goals', href: '/goals', icon: 'goals', key: 'o' },
  { name: 'workbench', href: '/companion/workbench', icon: 'workbench', key: 'w' },
];
