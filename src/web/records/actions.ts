import type { JsonObject } from '../../core/json.ts';
import { defaultRegistry } from '../../core/modules/registry.ts';
import { toasts } from '../components/toasts.svelte.ts';
import { i18n } from '../i18n/i18n.svelte.ts';
import { browserPlatform } from '../replica/browser-platform.ts';
import type { RecordRow } from '../replica/database.ts';
import { session } from '../session/session.svelte.ts';
import { doAsTool, type Saved, toSaved } from './do-as-tool.ts';
import { toolRefusalText } from './tool-refusal-text.ts';
import { words } from './words.ts';

/** Does what a tool of a module does, such as `create_task` or `visit_place`. */
export async function doAction(toolName: string, params: JsonObject): Promise<Saved> {
  const { newId } = browserPlatform();
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  const deed = { registry: defaultRegistry, id: newId(), now: new Date(), timeZone };
  return told(await doAsTool(session.replica, toolName, params, deed));
}

/** Writes some fields of a record; none: nothing. */
export async function changeRecord({ appId, table, id }: RecordRow, data: JsonObject): Promise<Saved> {
  if (Object.keys(data).length === 0) return { ok: true };
  return told(toSaved(await session.replica.write({ appId, table, id, op: 'update', data })));
}

/** Deletes a record, and offers to take that back. */
export async function deleteRecord({ appId, table, id, data }: RecordRow, name: string): Promise<void> {
  const ref = { appId, table, id };
  const deleted = told(toSaved(await session.replica.write({ ...ref, op: 'delete' })));
  if (!deleted.ok) return;
  const { deleted: say, undo } = i18n.of(words);
  toasts.note(say(name), {
    label: undo,
    run: async () => void told(toSaved(await session.replica.write({ ...ref, op: 'insert', data }))),
  });
}

/** Where something fails for a reason that is no field's, a message says so. */
function told(saved: Saved): Saved {
  if (saved.ok) return saved;
  const { storageFull, notSaved } = i18n.of(words);
  if (saved.reason === 'storage_full') toasts.error(storageFull);
  else if (saved.reason === 'effect_refused' || saved.issues.length === 0) {
    toasts.error(`${notSaved} ${toolRefusalText(saved)}`);
  }
  return saved;
}
