const DAY: Intl.DateTimeFormatOptions = { weekday: 'short', day: 'numeric', month: 'short' };
const DAY_OF_YEAR: Intl.DateTimeFormatOptions = { ...DAY, year: 'numeric' };

/** A day, `2026-03-31`, in the words of the locale, with its year where that is not the year of `today`. */
export function formatDay(day: string, locale: string, today: string): string {
  return formatDate(new Date(`${day}T00:00:00Z`), locale, {
    ...(day.slice(0, 4) === today.slice(0, 4) ? DAY : DAY_OF_YEAR),
    timeZone: 'UTC',
  });
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** As Intl has it. Making a formatter costs far more than using it, so each is made once. */
export function formatDate(date: Date, locale: string, options: Intl.DateTimeFormatOptions): string {
  const key = JSON.stringify([locale, options]);
  const format = formats.get(key) ?? new Intl.DateTimeFormat(locale, options);
  formats.set(key, format);
  return format.format(date);
}
