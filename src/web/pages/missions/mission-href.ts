export const MISSIONS_HREF = '/companion/missions';
export const NEW_MISSION_HREF = '/companion/missions/new';

/** Where a mission is shown, or edited. */
export function missionHref(id: string, view?: 'edit'): string {
  return `${MISSIONS_HREF}/${encodeURIComponent(id)}${view === 'edit' ? '?edit' : ''}`;
}
