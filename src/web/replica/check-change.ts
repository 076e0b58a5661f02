import type { Json } from '../../core/json.ts';
import { findFault, parseBoundedJson } from '../../core/log/bounds.ts';
import type { FieldIssue } from '../../core/modules/field-issues.ts';
import type { Registry } from '../../core/modules/registry.ts';
import { acceptPush } from '../../core/sync/accept-push.ts';
import { appIdSchema, type PushedChange, pushBodySchema } from '../../core/sync/wire.ts';

/**
 * What the service would say against a change, asked of the same code, so that the person learns it now and not when the
 * device is online again. The paths begin with the field. Empty: nothing that can be known here.
 */
export function checkChange(registry: Registry, appId: string, change: PushedChange): FieldIssue[] {
  const app = appIdSchema.safeParse(appId);
  if (!app.success) return app.error.issues.map(({ message }) => ({ path: 'appId', message }));
  const body = { clientId: 'replica', changes: [change] };
  const unsound = findFault(body as unknown as Json, '') ?? faultIn(JSON.stringify(body));
  if (unsound) return [issueOf(unsound)];
  const parsed = pushBodySchema.safeParse(body);
  if (!parsed.success) return parsed.error.issues.map((issue) => issueOf({ ...issue, path: issue.path.join('.') }));
  const accepted = acceptPush(registry, appId, parsed.data);
  return accepted.ok ? [] : accepted.issues.map(issueOf);
}

function faultIn(text: string) {
  const read = parseBoundedJson(text);
  return read.ok ? null : read;
}

function issueOf({ path, message }: FieldIssue): FieldIssue {
  return { path: path.replace(/^changes\.0\.(?:data\.|fields\.)?/, ''), message };
}
