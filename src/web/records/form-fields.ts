import type { Json, JsonObject } from '../../core/json.ts';
import { MAX_TITLE } from '../../core/modules/fields.ts';
import type { Tool } from '../../core/modules/module.ts';
import { toolSchema } from '../../core/planning/tool-schema.ts';
import { objectOr, textOr } from '../../core/tolerant.ts';
import { fromLocalMoment, toLocalMoment } from './local-moment.ts';

/** How a parameter is asked for. */
export type FieldKind = 'line' | 'text' | 'day' | 'moment' | 'number' | 'flag' | 'choice';

export interface FormField {
  name: string;
  kind: FieldKind;
  isRequired: boolean;
  /** Of a `choice`. */
  choices: string[];
}

/** What stands in the fields of a form: text, and for a flag whether it is set. */
export type FormValues = Record<string, string | boolean>;

/** A form for what a tool takes, made from its own schema. Parameters that no form can hold are left as they are. */
export function formFields(tool: Tool): FormField[] {
  const { properties, required } = toolSchema(tool);
  const names = Array.isArray(required) ? required : [];
  return Object.entries(objectOr(properties, {})).flatMap(([name, value]) => {
    const schema: JsonObject = objectOr(value, {});
    const choices = Array.isArray(schema.enum) ? schema.enum.map(String) : [];
    const kind = kindOf(schema, choices);
    return kind ? [{ name, kind, isRequired: names.includes(name), choices }] : [];
  });
}

function kindOf(schema: JsonObject, choices: string[]): FieldKind | undefined {
  if (choices.length > 0) return 'choice';
  if (schema.type === 'number' || schema.type === 'integer') return 'number';
  if (schema.type === 'boolean') return 'flag';
  if (schema.type !== 'string') return undefined;
  if (schema.format === 'date') return 'day';
  if (schema.format === 'date-time') return 'moment';
  return typeof schema.maxLength === 'number' && schema.maxLength <= MAX_TITLE ? 'line' : 'text';
}

/** The parameters as they stand in the form at first. */
export function toFormValues(fields: FormField[], params: JsonObject): FormValues {
  return Object.fromEntries(fields.map((field) => [field.name, toFormValue(field, params[field.name])]));
}

function toFormValue({ kind }: FormField, value: Json | undefined): string | boolean {
  if (kind === 'flag') return value === true;
  if (kind === 'moment') return toLocalMoment(value);
  if (kind === 'number') return typeof value === 'number' ? String(value) : '';
  return textOr(value, '');
}

/** The parameters that a form says, on those that it was made from: what nobody touched stays to the letter. */
export function fromFormValues(fields: FormField[], values: FormValues, params: JsonObject): JsonObject {
  const result: JsonObject = { ...params };
  const before = toFormValues(fields, params);
  for (const field of fields) {
    const value = values[field.name] ?? '';
    if (value === before[field.name]) continue;
    if (value === '' && !field.isRequired) delete result[field.name];
    else result[field.name] = fromFormValue(field, value);
  }
  return result;
}

/** What cannot be read stays text, which the tool's own schema then refuses with the right words. */
function fromFormValue({ kind }: FormField, value: string | boolean): Json {
  if (typeof value === 'boolean') return value;
  if (kind === 'moment') return fromLocalMoment(value) ?? value;
  if (kind !== 'number') return value;
  const number = Number(value.trim().replace(',', '.'));
  return value.trim() === '' || Number.isNaN(number) ? value : number;
}
