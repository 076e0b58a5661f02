import { fieldWords } from '../attribution/field-words.ts';
import { i18n } from '../i18n/i18n.svelte.ts';

/** What the parameters of tools are called that are not fields of records. */
const parameterWords = {
  en: {
    text: 'Text to append',
    amount: 'Amount to add',
    note: 'Remark',
    taskId: 'Task',
    noteId: 'Note',
    placeId: 'Place',
    goalId: 'Goal',
  } as Record<string, string>,
  de: {
    text: 'Anzufügender Text',
    amount: 'Hinzuzufügende Menge',
    note: 'Bemerkung',
    taskId: 'Aufgabe',
    noteId: 'Notiz',
    placeId: 'Ort',
    goalId: 'Ziel',
  },
};

/** What a field or a parameter is called in the language of the interface; its own name where it is not known. */
export function fieldLabel(name: string): string {
  const known = { ...i18n.of(parameterWords), ...i18n.of(fieldWords).names };
  return Object.hasOwn(known, name) ? (known[name] ?? name) : name;
}
