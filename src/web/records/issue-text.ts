import { i18n } from '../i18n/i18n.svelte.ts';
import { explainIssue, type IssueWords } from './explain-issue.ts';

const words = {
  en: {
    required: 'Write something here.',
    tooLong: (characters: string) => `This is too long: at most ${characters} characters.`,
    notAfterStart: 'The end must be after the start.',
    positive: 'Write a number greater than 0.',
    notZero: 'Write a number that is not 0.',
    number: 'Write a number.',
    atLeast: (number: string) => `Write at least ${number}.`,
    atMost: (number: string) => `Write at most ${number}.`,
    day: 'Choose a day.',
    moment: 'Choose a day and a time.',
  } as IssueWords,
  de: {
    required: 'Hier fehlt etwas.',
    tooLong: (characters: string) => `Das ist zu lang: höchstens ${characters} Zeichen.`,
    notAfterStart: 'Das Ende muss nach dem Beginn liegen.',
    positive: 'Gib eine Zahl größer als 0 ein.',
    notZero: 'Gib eine Zahl ein, die nicht 0 ist.',
    number: 'Gib eine Zahl ein.',
    atLeast: (number: string) => `Gib mindestens ${number} ein.`,
    atMost: (number: string) => `Gib höchstens ${number} ein.`,
    day: 'Wähle einen Tag.',
    moment: 'Wähle Tag und Uhrzeit.',
  },
};

/** What the schemas say of a field, in the language of the interface. */
export function issueText(message: string): string {
  return explainIssue(message, i18n.of(words));
}
