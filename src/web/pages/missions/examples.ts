import type { CadenceDraft } from './cadence-draft.ts';
import { emptyDraft, type MissionDraft } from './mission-draft.ts';
import { NEW_MISSION_HREF } from './mission-href.ts';
import type { words } from './words.ts';

type Texts = (typeof words)['en']['examples'];
export type ExampleName = keyof Texts;

const CADENCES: Record<ExampleName, Partial<CadenceDraft>> = {
  move: { kind: 'daily', time: '08:00' },
  week: { kind: 'weekly', dayOfWeek: '1', time: '08:00' },
  plants: { kind: 'interval', every: '3', unit: 'days' },
};

/** The missions that can be begun with. */
export const EXAMPLES = Object.keys(CADENCES) as ExampleName[];

/** Where an example is opened, to be made one's own before it is saved. */
export function exampleHref(name: ExampleName): string {
  return `${NEW_MISSION_HREF}?example=${name}`;
}

/** The draft that a new mission begins as: the example named, or an empty one. */
export function startingDraft(name: string | null, texts: Texts, timeZone: string): MissionDraft {
  const draft = emptyDraft(timeZone);
  const example = EXAMPLES.find((known) => known === name);
  if (!example) return draft;
  const { title, objective, concept } = texts[example];
  const cadence = { ...draft.cadence, ...CADENCES[example] };
  return { ...draft, title, objective, conceptMarkdown: concept, cadence };
}
