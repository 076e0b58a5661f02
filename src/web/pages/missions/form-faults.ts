import type { JsonObject } from '../../../core/json.ts';
import type { FieldIssue } from '../../../core/modules/field-issues.ts';
import type { words } from './words.ts';

type Words = (typeof words)['en']['form']['faults'];

/** What was refused, and why. */
export interface Refusal {
  fields: JsonObject;
  issues: FieldIssue[];
}

/** The faults of the form's fields, in the words of the interface; `rest` is what belongs to none of them, as it came. */
export interface FormFaults {
  title?: string;
  objective?: string;
  conceptMarkdown?: string;
  inputs?: string;
  dailyTokens?: string;
  everyMinutes?: string;
  time?: string;
  expression?: string;
  cadence?: string;
  timeZone?: string;
  rest: FieldIssue[];
}

/** What is still at fault: what has been changed since the refusal may be right by now. */
export function formFaults(refusal: Refusal | null, now: JsonObject, words: Words): FormFaults {
  const faults: FormFaults = { rest: [] };
  for (const { path, message } of refusal?.issues ?? []) {
    const [field = '', part = ''] = path.split('.');
    const isAsRefused = JSON.stringify(refusal?.fields[field]) === JSON.stringify(now[field]);
    if (Object.hasOwn(now, field) && !isAsRefused) continue;
    if (field === 'cadence') {
      if (part === 'everyMinutes') faults.everyMinutes = words.everyMinutes;
      else if (part === 'atHour' || part === 'atMinute') faults.time = words.time;
      else if (part === 'expression') faults.expression = words.expression(message);
      else faults.cadence = words.cadence;
    } else if (isPlain(field)) {
      faults[field] = words[field];
    } else {
      faults.rest.push({ path, message });
    }
  }
  return faults;
}

const PLAIN = ['title', 'objective', 'conceptMarkdown', 'inputs', 'dailyTokens', 'timeZone'] as const;

function isPlain(field: string): field is (typeof PLAIN)[number] {
  return (PLAIN as readonly string[]).includes(field);
}
