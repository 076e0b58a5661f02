import type { Json } from '../../core/json.ts';
import { fieldWords } from '../attribution/field-words.ts';
import { formatValue } from '../attribution/format-value.ts';
import { i18n } from '../i18n/i18n.svelte.ts';
import { words } from './words.ts';

/** The value of any field as one reads it in the language of the interface. */
export function valueText(value: Json | undefined): string {
  if (typeof value === 'string') return choiceText(value) ?? formatValue(value, i18n.locale, i18n.of(fieldWords));
  return formatValue(value, i18n.locale, i18n.of(fieldWords));
}

/** What one of a fixed set of values (`low`, `high`) is called; undefined for any other text. */
export function choiceText(value: string): string | undefined {
  const { choices } = i18n.of(words);
  return Object.hasOwn(choices, value) ? choices[value] : undefined;
}
