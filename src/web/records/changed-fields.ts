import type { Json, JsonObject } from '../../core/json.ts';

/** The fields of `after` that say something else than `before`: only these are written, so that nobody's else is overwritten. */
export function changedFields(before: JsonObject, after: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(after).filter(([field, value]) => {
      const held = Object.hasOwn(before, field) ? before[field] : undefined;
      return !(isNothing(held) && isNothing(value)) && JSON.stringify(held) !== JSON.stringify(value);
    }),
  );
}

/** The fields that say something. */
export function givenFields(data: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(data).filter(([, value]) => !isNothing(value)));
}

function isNothing(value: Json | undefined): boolean {
  return value === undefined || value === null || value === '' || value === false;
}
