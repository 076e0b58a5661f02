import { i18n } from '../../i18n/i18n.svelte.ts';

/** A run on the clock of its mission; the zone is named where it is not the browser's. */
export function formatRun(run: Date, timeZone: string): string {
  const isElsewhere = timeZone !== new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return new Intl.DateTimeFormat(i18n.locale, {
    ...{ weekday: 'short', day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit' },
    ...{ timeZone, ...(isElsewhere ? { timeZoneName: 'short' } : {}) },
  }).format(run);
}
