/** Where the records of a module are shown. */
const PAGES: Record<string, string> = {
  todo: '/todo',
  calendar: '/calendar',
  places: '/places',
  notes: '/notes',
  goals: '/goals',
};

/** The page of a record, which opens "why is it so" for it: `/todo?record=t1`; null where no page shows such records. */
export function recordHref({ appId, id }: { appId: string; id: string }): string | null {
  const page = Object.hasOwn(PAGES, appId) ? PAGES[appId] : undefined;
  return page === undefined ? null : `${page}?record=${encodeURIComponent(id)}`;
}
