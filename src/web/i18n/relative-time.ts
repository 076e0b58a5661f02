const STEPS: { unit: Intl.RelativeTimeFormatUnit; seconds: number; until: number }[] = [
  { unit: 'minute', seconds: 60, until: 3_600 },
  { unit: 'hour', seconds: 3_600, until: 86_400 },
  { unit: 'day', seconds: 86_400, until: 7 * 86_400 },
  { unit: 'week', seconds: 7 * 86_400, until: 30 * 86_400 },
  { unit: 'month', seconds: 30 * 86_400, until: 365 * 86_400 },
  { unit: 'year', seconds: 365 * 86_400, until: Number.POSITIVE_INFINITY },
];

/** How long ago, or in how long, in the words of the locale: `5 minutes ago`, `in 2 hours`, `now` within a minute. */
export function relativeTime(at: Date, now: Date, locale: string): string {
  const seconds = (at.getTime() - now.getTime()) / 1_000;
  const words = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const step = STEPS.find(({ until }) => Math.abs(seconds) < until);
  if (!step || Math.abs(seconds) < 60) return words.format(0, 'second');
  return words.format(Math.trunc(seconds / step.seconds), step.unit);
}
