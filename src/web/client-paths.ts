/**
 * The first segments of the paths that the web client shows; the service answers them with its page, the router with one
 * of its own, and the service worker with the page it keeps.
 */
export const CLIENT_SECTIONS = ['companion', 'inbox', 'todo', 'calendar', 'places', 'notes', 'goals'];

/** Whether a path is one of the web client's, rather than of the API or of nothing at all. */
export function isClientPath(pathname: string): boolean {
  return pathname === '/' || CLIENT_SECTIONS.includes(pathname.split('/')[1] ?? '');
}
