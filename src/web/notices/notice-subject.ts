import { proposalTitle } from '../proposals/proposal-title.ts';
import type { Notice } from './load-notices.ts';

/** What a notice is about, in one line: the title of the proposal that was decided, as its card has it, or the record's name. */
export function noticeSubject({ proposal, subject }: Notice): string {
  return proposal ? proposalTitle(proposal, subject) : (subject ?? '');
}
