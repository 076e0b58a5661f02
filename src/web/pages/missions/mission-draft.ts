import type { Json, JsonObject } from '../../../core/json.ts';
import { type InputRef, missionSchema } from '../../../core/missions/mission.ts';
import type { RecordView } from '../../../core/modules/module.ts';
import { textOf } from '../../../core/modules/reading.ts';
import { type CadenceDraft, fromCadenceDraft, toCadenceDraft } from './cadence-draft.ts';
import { inputKey, readMission } from './read-mission.ts';

/** A mission while it is written. */
export interface MissionDraft {
  title: string;
  objective: string;
  conceptMarkdown: string;
  inputs: InputRef[];
  replanOnInputs: boolean;
  /** As it was entered; empty: no cap of its own. */
  dailyTokens: string;
  cadence: CadenceDraft;
  timeZone: string;
}

/** A draft with nothing in it, for the time zone of the browser. */
export function emptyDraft(timeZone: string): MissionDraft {
  const cadence = toCadenceDraft({ kind: 'manual' });
  return {
    ...{ title: '', objective: '', conceptMarkdown: '', inputs: [], replanOnInputs: false, dailyTokens: '' },
    ...{ cadence, timeZone },
  };
}

/** A mission's record as a draft; what cannot be read in it is as in an empty one. */
export function toDraft(record: RecordView): MissionDraft {
  const { objective, conceptMarkdown, inputs, replanOnInputs, dailyTokens, cadence, timeZone } = readMission(record);
  return {
    title: textOf(record, 'title') ?? '',
    ...{ objective, conceptMarkdown, inputs, replanOnInputs },
    dailyTokens: dailyTokens === null ? '' : String(dailyTokens),
    cadence: toCadenceDraft(cadence ?? { kind: 'manual' }),
    timeZone: timeZone ?? 'UTC',
  };
}

/** The fields that a draft stands for, as they are written. */
export function toFields(draft: MissionDraft) {
  const { title, objective, conceptMarkdown, inputs, replanOnInputs, dailyTokens, cadence, timeZone } = draft;
  return {
    title: title.trim(),
    objective: objective.trim(),
    conceptMarkdown,
    inputs: inputs.map((ref) => ({ ...ref })),
    replanOn: replanOnInputs ? 'inputs' : null,
    dailyTokens: tokensOf(dailyTokens.trim()),
    cadence: fromCadenceDraft(cadence),
    timeZone: timeZone.trim(),
  } satisfies JsonObject;
}

/**
 * The fields of a draft that differ from the record it was made from: only those are written, so that another device's edit
 * of another field stays, and nothing that is as it was asks for a plan.
 */
export function changedFields(before: RecordView, draft: MissionDraft): JsonObject {
  const changed = Object.entries(toFields(draft)).filter(([field, value]) => !isSame(field, before.data[field], value));
  return Object.fromEntries(changed);
}

/** Whether there is something in the draft that would be lost; `before` is the draft as it was at first. */
export function isEdited(before: MissionDraft, draft: MissionDraft): boolean {
  return JSON.stringify(toFields(before)) !== JSON.stringify(toFields(draft));
}

/** Adds an input, or removes it where it is one already. */
export function toggleInput(inputs: InputRef[], ref: InputRef): InputRef[] {
  const key = inputKey(ref);
  const others = inputs.filter((input) => inputKey(input) !== key);
  return others.length < inputs.length ? others : [...inputs, ref];
}

/** A whole number, or what was entered instead, for it to be refused; separators would mean one thing here and another there. */
function tokensOf(entered: string): Json {
  if (entered === '') return null;
  return /^\d{1,15}$/.test(entered) ? Number(entered) : entered;
}

/** Whether two values of a field mean the same: the log knows no order of keys, and an absent field is its default. */
function isSame(field: string, stored: Json | undefined, drafted: Json): boolean {
  const schema = missionSchema.shape[field as keyof typeof missionSchema.shape];
  const [before, after] = [schema.safeParse(stored ?? undefined), schema.safeParse(drafted)];
  // What cannot be read is never the same as nothing: it is written, to be mended or refused.
  return before.success && after.success && JSON.stringify(before.data ?? null) === JSON.stringify(after.data ?? null);
}
