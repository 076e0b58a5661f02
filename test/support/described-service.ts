import { z } from 'zod';
import type { Json } from '../../src/core/json.ts';

/** A JSON schema as /openapi.json bears it. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: Json[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  minimum?: number;
  maximum?: number;
}

/** An operation as /openapi.json describes it. Its schemas are resolved: they bear no `$ref`. */
export interface DescribedOperation {
  /** In capitals. */
  method: string;
  /** With its parameters in braces. */
  path: string;
  /** It is done in a person's name. */
  needsUser: boolean;
  parameters: { in: 'path' | 'query'; name: string; required: boolean; schema: Schema }[];
  body: Schema | null;
  /** By status. */
  answers: Map<number, DescribedAnswer>;
}

interface DescribedAnswer {
  /** Null: it has no body. */
  mediaType: string | null;
  /** What a problem of this status may be called; null when it is no problem. */
  codes: string[] | null;
  /** What of a body is not as documented, a member that is not mentioned included; null when all of it is. */
  faultOf(body: unknown): string | null;
}

/** What came back; a body that is JSON is parsed. */
export interface GivenAnswer {
  status: number;
  headers: Headers;
  body: unknown;
}

export interface DescribedService {
  operations: DescribedOperation[];
  /** The operation that a request reaches, HEAD as GET; undefined when the description has none. */
  operationOf(method: string, path: string): DescribedOperation | undefined;
}

/** Reads an OpenAPI document of this service. */
export function describedService(document: unknown): DescribedService {
  const { paths, components } = document as Document;
  const resolve = <T>(part: T): T =>
    JSON.parse(JSON.stringify(part), (_, value) =>
      typeof value?.$ref === 'string' ? resolve(components.schemas[value.$ref.split('/').at(-1)]) : value,
    );
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security, parameters = [], requestBody, responses }]) => ({
      method: method.toUpperCase(),
      path,
      needsUser: security !== undefined,
      parameters: parameters.map(({ required = false, ...parameter }) => ({ ...parameter, required })),
      body: requestBody ? resolve(requestBody.content['application/json'].schema) : null,
      answers: new Map(
        Object.entries(responses).map(([status, response]) => [Number(status), readAnswer(resolve(response))]),
      ),
    })),
  );
  // As the router does: a fixed path goes before one with parameters.
  const routes = operations
    .map((operation) => ({
      operation,
      pattern: new RegExp(`^${operation.path.replaceAll('.', '\\.').replaceAll(/\{.+?\}/g, '[^/]+')}$`),
      parameters: operation.path.split('{').length,
    }))
    .sort((a, b) => a.parameters - b.parameters);
  return {
    operations,
    operationOf(method, path) {
      const pathname = path.replace(/[?#].*$/s, '');
      const asked = method === 'HEAD' ? 'GET' : method;
      return routes.find(({ operation, pattern }) => operation.method === asked && pattern.test(pathname))?.operation;
    },
  };
}

/** What of an answer its documentation does not mention; null when it is all there. */
export function undocumented(
  { answers }: DescribedOperation,
  method: string,
  { status, headers, body }: GivenAnswer,
): string | null {
  const answer = answers.get(status);
  if (!answer) return `status ${status}`;
  if (method === 'HEAD') return null;
  const mediaType = headers.get('content-type')?.replace(/;.*$/, '') ?? null;
  if (mediaType !== answer.mediaType) return `media type ${mediaType} of ${status}`;
  const code = (body as { code?: unknown } | null)?.code;
  if (answer.codes && !answer.codes.includes(String(code))) return `code ${code} of ${status}`;
  const fault = answer.faultOf(body);
  return fault && `body of ${status}: ${fault}`;
}

/** What an answer is, in the words of the description: `GET /api/missions/{id} 404 mission_not_found`. */
export function outcomeOf({ method, path }: DescribedOperation, status: number, code?: string): string {
  return `${method} ${path} ${status}${code === undefined ? '' : ` ${code}`}`;
}

/** Every outcome that an operation has by the description. */
export function outcomesOf(operation: DescribedOperation): string[] {
  return [...operation.answers].flatMap(([status, { codes }]) =>
    codes ? codes.map((code) => outcomeOf(operation, status, code)) : [outcomeOf(operation, status)],
  );
}

interface Document {
  paths: Record<string, Record<string, DocumentedOperation>>;
  components: { schemas: Record<string, Schema> };
}

interface DocumentedOperation {
  security?: unknown[];
  parameters?: (Omit<DescribedOperation['parameters'][number], 'required'> & { required?: boolean })[];
  requestBody?: { content: { 'application/json': { schema: Schema } } };
  responses: Record<string, DocumentedAnswer>;
}

interface DocumentedAnswer {
  description: string;
  content?: Record<string, { schema: Schema }>;
}

function readAnswer({ description, content }: DocumentedAnswer): DescribedAnswer {
  const [mediaType = null, { schema } = { schema: {} }] = Object.entries(content ?? {})[0] ?? [];
  let zod: z.ZodType | undefined;
  return {
    mediaType,
    codes: mediaType === 'application/problem+json' ? description.split(', ') : null,
    faultOf(body) {
      if (mediaType === null) return body === null || body === '' ? null : 'there is one';
      zod ??= z.fromJSONSchema(closed(schema) as Parameters<typeof z.fromJSONSchema>[0]);
      const parsed = zod.safeParse(body);
      return parsed.success ? null : z.prettifyError(parsed.error);
    },
  };
}

/** The same, but for objects that name their members: those have no others, unless they say so. */
function closed(schema: Schema): unknown {
  return JSON.parse(JSON.stringify(schema), (_, value) =>
    isSchemaOfMembers(value) ? { ...value, additionalProperties: value.additionalProperties ?? false } : value,
  );
}

function isSchemaOfMembers(value: unknown): value is Schema {
  const { type, properties } = (value ?? {}) as Schema;
  return typeof properties === 'object' && [type].flat().includes('object');
}
