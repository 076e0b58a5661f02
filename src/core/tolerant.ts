import type { Json, JsonObject } from './json.ts';

/** Records may come from any SQL writer, so what is read of them is taken as it is meant and never trusted. */

export function textOr<Fallback>(value: Json | undefined, fallback: Fallback): string | Fallback {
  return typeof value === 'string' ? value : fallback;
}

export function objectOr<Fallback>(value: Json | undefined, fallback: Fallback): JsonObject | Fallback {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : fallback;
}

export function objectsIn(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? (value.filter((item) => objectOr(item, null) !== null) as JsonObject[]) : [];
}

/** The entries that have a value: absent fields are left out of an answer rather than shown as null. */
export function present<T extends object>(object: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> };
}
