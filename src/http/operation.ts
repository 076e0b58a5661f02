import { z } from '@hono/zod-openapi';
import { type FieldIssue, fieldIssues, missingFieldMessage } from '../core/modules/field-issues.ts';
import type { App, AppContext, AppDeps } from './app.ts';
import { readJson } from './body.ts';
import { identifyUser } from './identify-user.ts';
import { invalidRequest, PROBLEM_STATUS, type ProblemCode } from './problem.ts';

type Shape = z.ZodObject;

/** One operation of the API: what it takes, what it answers, and what may go wrong. The OpenAPI document is made of these. */
export interface Operation<Params extends Shape, Query extends Shape, Body extends z.ZodType> {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** With parameters in braces: `/api/missions/{id}`. */
  path: string;
  tag: string;
  summary: string;
  description?: string;
  params?: Params;
  query?: Query;
  body?: Body;
  /** The answers when all goes well, by status; null for one without a body. */
  responses: Record<number, { description: string; schema: z.ZodType | null; mediaType?: string }>;
  /** The codes that this operation may answer beside those that all share. */
  problems?: ProblemCode[];
  /** Of those that all share the ones that it cannot answer. */
  never?: ProblemCode[];
}

interface Input<Params extends Shape, Query extends Shape, Body extends z.ZodType> {
  params: z.output<Params>;
  query: z.output<Query>;
  body: z.output<Body>;
}

type Handler<Params extends Shape, Query extends Shape, Body extends z.ZodType, More = unknown> = (
  c: AppContext,
  input: Input<Params, Query, Body> & More,
) => Response | Promise<Response>;

/** Adds an operation that anybody may call. */
export function openOperation<
  Params extends Shape = z.ZodObject<z.core.$ZodLooseShape>,
  Query extends Shape = z.ZodObject<z.core.$ZodLooseShape>,
  Body extends z.ZodType = z.ZodUndefined,
>(app: App, operation: Operation<Params, Query, Body>, handler: Handler<Params, Query, Body>): void {
  register(app, operation, false);
  app.on(operation.method.toUpperCase(), routingPath(operation.path), async (c) => {
    c.set('route', operation.path);
    return handler(c, await readInput(c, operation));
  });
}

/** Adds an operation that is done in a user's name. Nothing of the request is read before it is known whose it is. */
export function userOperation<
  Params extends Shape = z.ZodObject<z.core.$ZodLooseShape>,
  Query extends Shape = z.ZodObject<z.core.$ZodLooseShape>,
  Body extends z.ZodType = z.ZodUndefined,
>(
  app: App,
  deps: AppDeps,
  operation: Operation<Params, Query, Body>,
  handler: Handler<Params, Query, Body, { userId: string }>,
): void {
  register(app, operation, true);
  app.on(operation.method.toUpperCase(), routingPath(operation.path), async (c) => {
    c.set('route', operation.path);
    const userId = await identifyUser(c.req.raw, deps);
    return handler(c, { ...(await readInput(c, operation)), userId });
  });
}

async function readInput<Params extends Shape, Query extends Shape, Body extends z.ZodType>(
  c: AppContext,
  { params, query, body }: Operation<Params, Query, Body>,
): Promise<Input<Params, Query, Body>> {
  const issues: FieldIssue[] = [];
  const parse = (schema: z.ZodType | undefined, value: unknown) => {
    if (!schema) return undefined;
    const parsed = schema.safeParse(value, { error: missingFieldMessage });
    if (!parsed.success) issues.push(...fieldIssues(parsed.error.issues));
    return parsed.data;
  };
  const input = {
    params: parse(params, c.req.param()),
    query: parse(query, c.req.query()),
    body: body && parse(body, await readJson(c.req.raw)),
  };
  if (issues.length > 0) throw invalidRequest(issues);
  return input as Input<Params, Query, Body>;
}

function routingPath(path: string): string {
  return path.replaceAll(/\{(.+?)\}/g, ':$1');
}

const BODY_PROBLEMS: ProblemCode[] = [
  'malformed_json',
  'too_deep',
  'bad_text',
  'bad_number',
  'body_incomplete',
  'body_too_large',
  'unsupported_media_type',
];
const USER_PROBLEMS: ProblemCode[] = [
  'unauthenticated',
  'rate_limited',
  'internal',
  'auth_unavailable',
  'database_unavailable',
];

function register(app: App, operation: Operation<Shape, Shape, z.ZodType>, needsUser: boolean): void {
  const { method, path, tag, summary, description, params, query, body, responses } = operation;
  const takesInput = params !== undefined || query !== undefined || body !== undefined;
  const shared: ProblemCode[] = [
    ...(takesInput ? (['invalid_request'] as const) : []),
    ...(body ? BODY_PROBLEMS : []),
    ...(needsUser ? USER_PROBLEMS : []),
    ...(needsUser && method !== 'get' ? (['disk_full'] as const) : []),
  ];
  const { never = [] } = operation;
  const problems = [...shared.filter((code) => !never.includes(code)), ...(operation.problems ?? [])];
  const good = Object.entries(responses).map(([status, { description, schema, mediaType = 'application/json' }]) => [
    status,
    { description, ...(schema ? { content: { [mediaType]: { schema } } } : {}) },
  ]);
  app.openAPIRegistry.registerPath({
    method,
    path,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    request: {
      ...(params ? { params } : {}),
      ...(query ? { query } : {}),
      ...(body ? { body: { required: true, content: { 'application/json': { schema: body } } } } : {}),
    },
    responses: { ...Object.fromEntries(good), ...problemResponses(problems) },
    ...(needsUser ? { security: [{}, { bearer: [] }] } : {}),
  });
}

function problemResponses(problems: ProblemCode[]) {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of new Set(problems)) {
    const status = PROBLEM_STATUS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      { description: codes.join(', '), content: { 'application/problem+json': { schema: problemSchema } } },
    ]),
  );
}

const problemSchema = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string().openapi({ description: 'Stable: what a program goes by' }),
    detail: z.string().openapi({ description: 'For a person: what is wrong and how to mend it' }),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .openapi('Problem');
