import type { FieldIssue } from '../../core/modules/field-issues.ts';
import type { fieldWords } from '../attribution/field-words.ts';
import { formatValue } from '../attribution/format-value.ts';
import { explainIssue, type IssueWords } from '../records/explain-issue.ts';
import type { Note, OverwrittenNote, RefusedNote, WithdrawnNote } from '../replica/note.ts';
import type { NoticeWords } from './words.ts';

/** A note in the words of the person. */
export interface NoticeText {
  title: string;
  /** What to know, a sentence each. */
  sentences: string[];
  /** Values and words that matter, under their names. */
  details: { name: string; value: string }[];
}

export interface Language {
  words: NoticeWords;
  fields: (typeof fieldWords)['en'];
  issues: IssueWords;
  locale: string;
}

/** `subject`: the name of the record or, of a decision, the proposal's title. */
export function describeNote(note: Note, subject: string, language: Language): NoticeText {
  if (note.kind === 'overwritten') return describeOverwritten(note, subject, language);
  if (note.kind === 'withdrawn') return describeWithdrawn(note, subject, language);
  return describeRefused(note, subject, language);
}

function describeOverwritten(note: OverwrittenNote, subject: string, language: Language): NoticeText {
  const { words, fields, locale } = language;
  const { overwritten } = words;
  return {
    title: overwritten.title(own(fields.names, note.field) ?? note.field, subject),
    sentences: [overwritten.text],
    details: [
      { name: overwritten.yours, value: formatValue(note.pushed.value, locale, fields) },
      { name: overwritten.theirs, value: formatValue(note.winning.value, locale, fields) },
    ],
  };
}

function describeWithdrawn(note: WithdrawnNote, subject: string, { words, locale, fields }: Language): NoticeText {
  const { withdrawn } = words;
  const { winning, feedback } = note;
  const details = feedback === null ? [] : [{ name: withdrawn.yourFeedback, value: feedback }];
  const title = withdrawn[note.decision](subject);
  const won = winning && own(withdrawn.won, winning.status);
  if (!winning || !won) {
    const known = own(withdrawn.reasons, note.reason);
    return { title, sentences: known ? [known] : [`${withdrawn.other} ${note.message}`], details };
  }
  const parts = [
    won,
    ...(winning.decidedBy === 'policy' ? [withdrawn.wonByPolicy] : []),
    ...(winning.decidedAt === undefined ? [] : [`(${formatValue(winning.decidedAt, locale, fields)})`]),
    ...(winning.feedback ? [`${withdrawn.wonFeedback} “${winning.feedback}”`] : []),
  ];
  return { title, sentences: [`${parts.join(' ')}.`], details };
}

function describeRefused(note: RefusedNote, subject: string, language: Language): NoticeText {
  const { words, fields, locale } = language;
  const { refused } = words;
  const known = own(refused.reasons, note.reason);
  const issues = note.issues.map((issue) => describeIssue(issue, language));
  const values = note.changes.flatMap(({ change }) => [
    ...Object.entries(change.data ?? {}),
    ...Object.entries(change.fields ?? {}).map(([field, { value }]) => [field, value] as const),
  ]);
  return {
    title: refused.title(subject),
    sentences: [known ?? `${refused.other} ${issues.length > 0 ? issues.join(' ') : note.message}`, refused.kept],
    details: values
      .filter(([field]) => field !== 'deletedAt')
      .map(([field, value]) => ({
        name: own(fields.names, field) ?? field,
        value: formatValue(value as Parameters<typeof formatValue>[0], locale, fields),
      })),
  };
}

/** The path leads from the change on: `fields.title`, `data.inputs.0`. */
function describeIssue({ path, message }: FieldIssue, { fields, issues }: Language): string {
  const [field = ''] = path.replace(/^(?:fields|data)\./, '').split('.');
  return `${own(fields.names, field) ?? field}: ${explainIssue(message, issues)}`;
}

function own(texts: Record<string, string>, key: string): string | undefined {
  return Object.hasOwn(texts, key) ? texts[key] : undefined;
}
