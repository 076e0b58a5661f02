import { i18n } from '../i18n/i18n.svelte.ts';
import type { ShownProposal } from './read-proposal.ts';
import { words } from './words.ts';

/** What a proposal would do, in one line in the language of the interface; `subject` is the record that it is about. */
export function proposalTitle({ toolName, summary }: ShownProposal, subject: string | undefined): string {
  const { titles } = i18n.of(words);
  const say = Object.hasOwn(titles, toolName) ? titles[toolName] : undefined;
  return say && subject !== undefined ? say(subject) : summary;
}
