import fc from 'fast-check';
import type { Json, JsonObject } from '../../src/core/json.ts';
import type { DescribedOperation, Schema } from '../support/described-service.ts';

export interface GeneratedRequest {
  method: string;
  /** With the query. */
  path: string;
  headers: Record<string, string>;
  /** Null: none. */
  body: Json;
}

/** What to put into a request. */
export interface Material {
  /** By the name of the parameter, header or member that takes it; a key of an open object is `key`. */
  named: Record<string, readonly Json[]>;
  /** Now and then instead, and where there is no name. */
  texts: readonly string[];
  /** What goes together in a path; each group is as likely as the others. */
  addresses: readonly (readonly Record<string, string>[])[];
}

/** Requests to an operation, of the shape that it takes and with the material in every position. */
export function requestTo(operation: DescribedOperation, material: Material): fc.Arbitrary<GeneratedRequest> {
  const { method, path, parameters, body } = operation;
  const inPath = parameters.filter((parameter) => parameter.in === 'path');
  const inQuery = parameters.filter((parameter) => parameter.in === 'query');
  const fitting = material.addresses
    .map((group) => group.filter((address) => inPath.every(({ name }) => Object.hasOwn(address, name))))
    .filter((group) => group.length > 0);
  return fc
    .record({
      address: fc.oneof(anyOf(inPath, material), ...fitting.map((group) => fc.constantFrom(...group))),
      query: anyOf(inQuery, material),
      headers: anyOf(HEADERS, material),
      body: body ? jsonOf(body, 'data', material) : fc.constant<Json>(null),
    })
    .map(({ address, query, headers, body }) => {
      const filled = path.replaceAll(/\{(.+?)\}/g, (_, name: string) => encodeURIComponent(address[name] ?? ''));
      const asked = new URLSearchParams(query).toString();
      return { method, path: asked ? `${filled}?${asked}` : filled, headers, body };
    });
}

const HEADERS = ['X-Client-Id', 'Last-Event-ID', 'X-User-Id'].map((name) => ({ name, schema: {}, required: false }));

/** A value for each of the parameters, or for some of those that may be missing. */
function anyOf(
  parameters: { name: string; schema: Schema; required: boolean }[],
  material: Material,
): fc.Arbitrary<Record<string, string>> {
  const values = parameters.map(({ name, schema }) => [name, jsonOf(schema, name, material).map(String)]);
  return fc.record<Record<string, string>>(Object.fromEntries(values), {
    requiredKeys: parameters.flatMap(({ name, required }) => (required ? [name] : [])),
  }) as fc.Arbitrary<Record<string, string>>;
}

function jsonOf(schema: Schema, name: string, material: Material): fc.Arbitrary<Json> {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return fc.oneof(...choices.map((choice) => jsonOf(choice, name, material)));
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (Array.isArray(schema.type)) {
    return fc.oneof(...schema.type.map((type) => jsonOf({ ...schema, type }, name, material)));
  }
  if (schema.type === 'object') return objectOf(schema, name, material);
  if (schema.type === 'array') {
    return fc.array(jsonOf(schema.items ?? {}, name, material), { minLength: 1, maxLength: 3 });
  }
  if (schema.type === 'integer' || schema.type === 'number') {
    const { minimum: min = 0, maximum: max = 1_000 } = schema;
    return fc.constantFrom(...(material.named[name] ?? [min, max]));
  }
  if (schema.type === 'boolean') return fc.boolean();
  if (schema.type === 'null') return fc.constant(null);
  return textOf(name, material);
}

function objectOf(schema: Schema, name: string, material: Material): fc.Arbitrary<Json> {
  const { properties, required = [], additionalProperties } = schema;
  if (properties) {
    const members = Object.entries(properties).map(([member, schema]) => [member, jsonOf(schema, member, material)]);
    const needed = members.filter(([member]) => required.includes(member as string));
    return fc.oneof(
      fc.record<JsonObject>(Object.fromEntries(needed)),
      fc.record<JsonObject>(Object.fromEntries(members), { requiredKeys: required }) as fc.Arbitrary<JsonObject>,
    );
  }
  if (typeof additionalProperties === 'object') {
    return fc.dictionary(textOf('key', material), jsonOf(additionalProperties, name, material), {
      minKeys: 1,
      maxKeys: 3,
    });
  }
  return fc.constantFrom(...(material.named[name] ?? material.named.data ?? [{}]));
}

function textOf(name: string, { named, texts }: Material): fc.Arbitrary<string> {
  const anything = fc.constantFrom(...texts);
  const fitting = named[name];
  if (!fitting) return anything;
  return fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...(fitting as string[])) },
    { weight: 1, arbitrary: anything },
  );
}
