import type { Json } from '../../../core/json.ts';
import { type Cadence, cadenceSchema } from '../../../core/missions/cadence.ts';
import {
  type InputRef,
  inputRefSchema,
  type MissionState,
  missionSchema,
  missionStateSchema,
} from '../../../core/missions/mission.ts';
import { isTimeZone } from '../../../core/missions/time-zone.ts';
import type { RecordView } from '../../../core/modules/module.ts';
import { nameOf, textOf } from '../../../core/modules/reading.ts';

/** A mission's record as the pages show it. Whatever was written into it, nothing here throws. */
export interface MissionFacts {
  id: string;
  /** Its title, or its id where it has none. */
  name: string;
  objective: string;
  conceptMarkdown: string;
  /** Those that name a record. */
  inputs: InputRef[];
  /** Whether a change to what its newest plan was made from wants a new plan. */
  replanOnInputs: boolean;
  /** The person's own cap on tokens in a day; null: none, or one that cannot be read. */
  dailyTokens: number | null;
  /** Null when the record holds one that cannot be read: then it is not planned before that is mended. */
  cadence: Cadence | null;
  /** Null as above. */
  timeZone: string | null;
  /** Null when the record holds none that exists: such a mission rests. */
  state: MissionState | null;
}

export function readMission(record: RecordView): MissionFacts {
  const { inputs, replanOn, dailyTokens, cadence, timeZone, state } = record.data;
  return {
    id: record.id,
    name: nameOf(record, 'title'),
    objective: textOf(record, 'objective') ?? '',
    conceptMarkdown: textOf(record, 'conceptMarkdown') ?? '',
    inputs: readInputs(inputs),
    replanOnInputs: replanOn === 'inputs',
    dailyTokens: missionSchema.shape.dailyTokens.safeParse(dailyTokens).data ?? null,
    cadence: cadenceSchema.safeParse(cadence ?? { kind: 'manual' }).data ?? null,
    timeZone: readTimeZone(timeZone ?? 'UTC'),
    state: missionStateSchema.safeParse(state ?? 'active').data ?? null,
  };
}

function readInputs(value: Json | undefined): InputRef[] {
  if (!Array.isArray(value)) return [];
  const refs = value.flatMap((item) => inputRefSchema.safeParse(item).data ?? []);
  const keys = refs.map(inputKey);
  return refs.filter((_, index) => keys.indexOf(keys[index]!) === index);
}

function readTimeZone(value: Json): string | null {
  return typeof value === 'string' && isTimeZone(value) ? value : null;
}

/** Names an input as one text. */
export function inputKey({ appId, table, id }: InputRef): string {
  return JSON.stringify([appId, table, id]);
}
