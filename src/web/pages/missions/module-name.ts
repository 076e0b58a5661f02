import { i18n } from '../../i18n/i18n.svelte.ts';

/** What a module is called in the interface; one that has no page is called by its appId. */
export function moduleName(appId: string): string {
  const { nav } = i18n.words;
  if (appId === 'ai') return nav.missions;
  const name = nav[appId as keyof typeof nav];
  return typeof name === 'string' ? name : appId;
}
