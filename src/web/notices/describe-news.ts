import { fieldWords } from '../attribution/field-words.ts';
import { i18n } from '../i18n/i18n.svelte.ts';
import { issueWords } from '../records/issue-words.ts';
import { describeNote } from './describe-note.ts';
import type { Notice } from './load-notices.ts';
import { noticeSubject } from './notice-subject.ts';
import { words as allWords } from './words.ts';

/** What is new, in one line. Loaded when there is something: with all its words it is no part of the first screen. */
export function describeNews(fresh: Notice[]): string {
  const words = i18n.of(allWords);
  const [first] = fresh;
  if (!first || fresh.length > 1) return words.several(fresh.length);
  const language = { words, fields: i18n.of(fieldWords), issues: i18n.of(issueWords), locale: i18n.locale };
  return describeNote(first.note, noticeSubject(first), language).title;
}
