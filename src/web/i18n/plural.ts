export interface PluralForms {
  one: string;
  other: string;
}

/** Puts a number, written as the locale writes it, in place of `#` in the form that the locale has for it. */
export function plural(locale: string, count: number, { one, other }: PluralForms): string {
  const form = new Intl.PluralRules(locale).select(count) === 'one' ? one : other;
  return form.replace('#', new Intl.NumberFormat(locale).format(count));
}
