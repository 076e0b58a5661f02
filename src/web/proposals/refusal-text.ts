import { i18n } from '../i18n/i18n.svelte.ts';
import { toolRefusalText } from '../records/tool-refusal-text.ts';
import type { DecideResult } from '../replica/decide.ts';
import { words } from './words.ts';

/** Why a proposal cannot be decided as it is, in plain words. */
export function refusalText(refusal: Extract<DecideResult, { ok: false }>): string {
  const said = i18n.of(words).refusals[refusal.reason];
  return refusal.reason === 'effect_refused' ? `${said} ${toolRefusalText(refusal)}` : said;
}
