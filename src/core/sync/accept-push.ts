import type { JsonObject } from '../json.ts';
import { USER } from '../log/actor.ts';
import { type Change, SCHEMA_VERSION } from '../log/change.ts';
import type { FieldIssue } from '../modules/field-issues.ts';
import { isServerOwned, POLICY_RECORD_ID } from '../modules/missions-module.ts';
import type { Registry } from '../modules/registry.ts';
import { validateRecord } from '../modules/validate-record.ts';
import { findFormFault, type PushedTime, pathOf, readTimes, sourceOf, valuesOf } from './change-form.ts';
import { type PushedDecision, readDecision } from './read-decision.ts';
import type { PushBody, PushedChange } from './wire.ts';

/** Far more than any module declares; the log's work grows with the fields of a change. */
const MAX_FIELDS = 1_000;
/** Ids are derived from those that a client chooses (iterations, proposals, effects), and have to fit as well. */
const MAX_CHOSEN_ID = 200;

/** What is to be done for one pushed change, and which of the push it is. */
export type PushEntry = { index: number } & ({ kind: 'change'; change: Change } | PushedDecision);

export type PushFault = {
  code:
    | 'schema_version_unsupported'
    | 'actor_forbidden'
    | 'collection_is_server_owned'
    | 'field_is_server_owned'
    | 'nothing_to_change'
    | 'too_many_fields'
    | 'invalid_time'
    | 'invalid_request';
  /** Paths from the body on: `changes.3.fields.title.updatedAt`. All of one change, the first that is at fault. */
  issues: FieldIssue[];
};

export type AcceptedPush =
  /** `latest`: the greatest time of all, to be held against the log's clock. */
  { ok: true; entries: PushEntry[]; latest: PushedTime | null } | ({ ok: false } & PushFault);

/**
 * Turns a push into what is to be done, or says what is wrong with it: whatever can be judged without the log and its
 * clock. A record is stored as it was pushed (no defaults, no trimming), so that the client's replica and the log agree.
 */
export function acceptPush(registry: Registry, appId: string, push: PushBody): AcceptedPush {
  const schemaVersion = push.schemaVersion ?? SCHEMA_VERSION;
  if (schemaVersion > SCHEMA_VERSION) {
    const message = `this service knows versions up to ${SCHEMA_VERSION}; update the service, or push in that version`;
    return { ok: false, code: 'schema_version_unsupported', issues: [{ path: 'schemaVersion', message }] };
  }
  const entries: PushEntry[] = [];
  let latest: PushedTime | null = null;
  for (const [index, pushed] of push.changes.entries()) {
    const at = `changes.${index}`;
    const accepted = acceptChange(registry, appId, pushed);
    if (!accepted.ok) {
      const issues = accepted.issues.map(({ path, message }) => ({ path: `${at}.${path}`, message }));
      return { ok: false, code: accepted.code, issues };
    }
    for (const time of accepted.times) {
      if (latest === null || time.at > latest.at) latest = { at: time.at, path: `${at}.${time.path}` };
    }
    if (accepted.kind === 'decision') entries.push({ index, ...accepted.decision });
    else {
      const { eventId, table, id, op } = pushed;
      const { data, fieldTimestamps } = accepted.writes;
      const change: Change = {
        ...(eventId === undefined ? {} : { id: eventId }),
        ...{ appId, tableName: table, recordId: id, op, data, fieldTimestamps },
        ...{ clientId: push.clientId, schemaVersion, actor: USER },
      };
      entries.push({ index, kind: 'change', change });
    }
  }
  return { ok: true, entries, latest };
}

interface Writes {
  data: JsonObject;
  fieldTimestamps: Record<string, string>;
}

type Accepted =
  | { ok: true; kind: 'change'; writes: Writes; times: PushedTime[] }
  | { ok: true; kind: 'decision'; decision: PushedDecision; times: PushedTime[] }
  | ({ ok: false } & PushFault);

/** Judges one change; the paths are within it. */
function acceptChange(registry: Registry, appId: string, pushed: PushedChange): Accepted {
  if (pushed.actor !== undefined && !isUser(pushed.actor)) {
    return fault('actor_forbidden', 'actor', 'a client pushes as the user: leave it out, or send {"kind":"user"}');
  }
  const form = findFormFault(pushed);
  if (form) return { ok: false, ...form };

  const { table, id, op } = pushed;
  const fields = Object.keys(pushed.fields ?? pushed.data ?? {});
  if (fields.length > MAX_FIELDS) {
    const message = `a change takes ${MAX_FIELDS} fields; put some of them into one as an object`;
    return fault('too_many_fields', sourceOf(pushed), message);
  }
  const times = readTimes(pushed);
  if (!times.ok) return { ok: false, code: 'invalid_time', issues: times.issues };

  const data = valuesOf(pushed);
  if (appId === 'ai' && table === 'aiProposals') {
    const decision = readDecision(pushed, data, sourceOf(pushed));
    return decision.ok ? { ok: true, kind: 'decision', decision: decision.value, times: times.all } : decision;
  }
  if (isServerOwned(appId, table)) {
    return fault('collection_is_server_owned', 'table', `only the server writes ${appId}/${table}`);
  }
  const isMission = appId === 'ai' && table === 'aiMissions';
  if (id.length > MAX_CHOSEN_ID && (op === 'insert' || isMission)) {
    return fault('invalid_request', 'id', `must have at most ${MAX_CHOSEN_ID} characters`);
  }
  if (appId === 'ai' && table === 'aiPolicy' && id !== POLICY_RECORD_ID) {
    return fault('invalid_request', 'id', `must be "${POLICY_RECORD_ID}": there is one policy`);
  }
  const runners = isMission ? fields.filter(isRunnersField) : [];
  if (runners.length > 0) {
    const issues = runners.map((field) => ({
      path: `${sourceOf(pushed)}.${field}`,
      message: 'is kept by the runner; leave it out',
    }));
    return { ok: false, code: 'field_is_server_owned', issues };
  }
  if (op !== 'delete') {
    const { deletedAt, ...record } = data;
    const valid = validateRecord(registry, appId, table, record, { partial: op === 'update' });
    if (!valid.ok) {
      const issues = valid.issues.map((issue) => ({ ...issue, path: pathOf(pushed, issue.path) }));
      return { ok: false, code: 'invalid_request', issues };
    }
  }
  return { ok: true, kind: 'change', writes: { data, fieldTimestamps: times.ofFields }, times: times.all };
}

function isUser(actor: unknown): boolean {
  return (
    typeof actor === 'object' &&
    actor !== null &&
    Object.keys(actor).length === 1 &&
    'kind' in actor &&
    actor.kind === 'user'
  );
}

const RUNNERS_FIELDS = new Set(['nextRunAt', 'wanted', 'begun', 'planned', 'planning', 'iterations']);

/** The bookkeeping of a mission's runs, which a client sees beside the mission and which no record holds. */
function isRunnersField(field: string): boolean {
  return RUNNERS_FIELDS.has(field) || /^claim/.test(field);
}

function fault(code: PushFault['code'], path: string, message: string): { ok: false } & PushFault {
  return { ok: false, code, issues: [{ path, message }] };
}
