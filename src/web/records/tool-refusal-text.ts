import type { FieldIssue } from '../../core/modules/field-issues.ts';
import type { ToolRefusal } from '../../core/modules/module.ts';
import { i18n } from '../i18n/i18n.svelte.ts';
import { issueSentence } from './issue-text.ts';

type Known = Exclude<ToolRefusal, 'nothing_to_change'>;

const words = {
  en: {
    record_not_found: 'The record that it is about is gone.',
    task_is_completed: 'The task is completed already.',
    no_open_task: 'No open task has this title.',
    progress_stays: 'This amount cannot be added to the progress of the goal.',
    note_too_long: 'The note would be too long. Append less, or create another one.',
  } as Record<Known, string>,
  de: {
    record_not_found: 'Den Eintrag, um den es geht, gibt es nicht mehr.',
    task_is_completed: 'Die Aufgabe ist schon erledigt.',
    no_open_task: 'Keine offene Aufgabe hat diesen Titel.',
    progress_stays: 'Diese Menge lässt sich nicht zum Stand des Ziels hinzufügen.',
    note_too_long: 'Die Notiz würde zu lang. Füge weniger an oder lege eine neue an.',
  },
};

/** Why a tool does not do what it was asked for, in the language of the interface; in the tool's own words where it has no code. */
export function toolRefusalText({
  refusal,
  message,
  issues,
}: {
  refusal?: ToolRefusal;
  message: string;
  issues: FieldIssue[];
}): string {
  if (issues.length > 0) return issues.map(issueSentence).join(' ');
  return refusal && refusal !== 'nothing_to_change' ? i18n.of(words)[refusal] : message;
}
