/** A moment as a person in the time zone reads it: `Saturday 2026-03-07 14:05 (Europe/Berlin, GMT+01:00)`. */
export function localTime(moment: Date, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone,
    hourCycle: 'h23',
    weekday: 'long',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'longOffset',
  }).formatToParts(moment);
  const at = Object.fromEntries(parts.map((part) => [part.type, part.value]));
  const day = `${at.year?.padStart(4, '0')}-${at.month}-${at.day}`;
  return `${at.weekday} ${day} ${at.hour}:${at.minute} (${timeZone}, ${at.timeZoneName})`;
}
