import type { FieldIssue } from '../../core/modules/field-issues.ts';
import { i18n } from '../i18n/i18n.svelte.ts';
import { explainIssue } from './explain-issue.ts';
import { fieldLabel } from './field-label.ts';
import { issueWords } from './issue-words.ts';

/** What the schemas say of a field, in the language of the interface. */
export function issueText(message: string): string {
  return explainIssue(message, i18n.of(issueWords));
}

/** The same with the name of the field, for where it does not stand beside it. */
export function issueSentence({ path, message }: FieldIssue): string {
  const [field = ''] = path.split('.');
  return field === '' ? issueText(message) : `${fieldLabel(field)}: ${issueText(message)}`;
}
