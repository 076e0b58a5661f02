import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Json } from '../core/json.ts';
import type { FieldIssue } from '../core/modules/field-issues.ts';
import { cutText } from '../core/text.ts';

/** Every code that this service answers with, and its status: the one place that maps reasons to HTTP. */
export const PROBLEM_STATUS = {
  malformed_json: 400,
  too_deep: 400,
  bad_text: 400,
  bad_number: 400,
  body_incomplete: 400,
  invalid_request: 400,
  nothing_to_change: 400,
  too_many_fields: 400,
  invalid_cursor: 400,
  cursor_ahead: 400,
  schema_version_unsupported: 400,
  invalid_params: 400,
  unknown_tool: 400,
  unauthenticated: 401,
  service_key_invalid: 401,
  host_not_allowed: 403,
  cross_origin: 403,
  collection_is_server_owned: 403,
  field_is_server_owned: 403,
  actor_forbidden: 403,
  service_key_not_configured: 403,
  not_found: 404,
  mission_not_found: 404,
  iteration_not_found: 404,
  proposal_not_found: 404,
  record_not_found: 404,
  method_not_allowed: 405,
  mission_exists: 409,
  mission_not_active: 409,
  nothing_to_stop: 409,
  proposal_already_decided: 409,
  proposal_superseded: 409,
  proposal_expired: 409,
  proposal_changed: 409,
  tool_denied: 409,
  effect_refused: 409,
  no_runner: 409,
  body_too_large: 413,
  too_many_changes: 413,
  unsupported_media_type: 415,
  rate_limited: 429,
  internal: 500,
  auth_unavailable: 503,
  database_unavailable: 503,
  disk_full: 507,
  // What the log itself refuses: see db/functions/refuse_change.sql.
  missing_field: 400,
  value_too_long: 400,
  invalid_op: 400,
  invalid_data: 400,
  invalid_schema_version: 400,
  invalid_actor: 400,
  invalid_time: 400,
  time_in_future: 400,
  event_id_reused: 422,
} as const satisfies Record<string, ContentfulStatusCode>;

export type ProblemCode = keyof typeof PROBLEM_STATUS;

/** What a problem may bear beside its code and its words. */
export interface ProblemDetails {
  /** The wrong fields, each by its path. */
  errors?: FieldIssue[];
  /** Members of their own, such as the proposal as it stands. */
  extras?: Record<string, Json>;
  headers?: Record<string, string>;
}

/** An answer that is not the one asked for (RFC 9457). Thrown by routes, rendered by the app's error handler. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly status: ContentfulStatusCode;
  readonly details: ProblemDetails;

  constructor(code: ProblemCode, detail: string, details: ProblemDetails = {}) {
    super(detail);
    this.name = 'Problem';
    this.code = code;
    this.status = PROBLEM_STATUS[code];
    this.details = details;
  }

  /** The body, as `application/problem+json` has it. It quotes names that a client has chosen: of these so much and no more. */
  toJSON() {
    const errors = (this.details.errors ?? []).slice(0, MAX_ERRORS).map(({ path, message }) => ({
      path: cutText(path, MAX_QUOTED),
      message: cutText(message, MAX_QUOTED),
    }));
    return {
      type: 'about:blank',
      title: TITLES[this.status] ?? 'Error',
      status: this.status,
      code: this.code,
      detail: cutText(this.message, MAX_QUOTED),
      ...(errors.length > 0 ? { errors } : {}),
      ...this.details.extras,
    };
  }

  toResponse(): Response {
    return new Response(JSON.stringify(this), {
      status: this.status,
      headers: { ...this.details.headers, 'Content-Type': 'application/problem+json' },
    });
  }
}

/** Unbounded, each unknown member was quoted twice and came back longer than it was sent. */
const MAX_ERRORS = 100;
const MAX_QUOTED = 1_000;

/** A 400 that names each wrong field. */
export function invalidRequest(errors: FieldIssue[]): Problem {
  const named = errors.map(({ path, message }) => (path ? `${path}: ${message}` : message));
  const shown = named.slice(0, 3).join('; ');
  return new Problem('invalid_request', named.length > 3 ? `${shown}; and ${named.length - 3} more` : shown, {
    errors,
  });
}

const TITLES: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  507: 'Insufficient Storage',
};
