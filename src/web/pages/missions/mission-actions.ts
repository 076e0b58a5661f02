import type { MissionState } from '../../../core/missions/mission.ts';
import { toasts } from '../../components/toasts.svelte.ts';
import { i18n } from '../../i18n/i18n.svelte.ts';
import { issueSentence } from '../../records/issue-text.ts';
import type { Write, WriteResult } from '../../replica/write.ts';
import { session } from '../../session/session.svelte.ts';
import { words } from './words.ts';

/** Pauses, resumes, completes or archives a mission: at once, with or without the service. */
export function setState(id: string, state: MissionState): Promise<void> {
  return store({ ...mission(id), op: 'update', data: { state } });
}

/** Deletes a mission. True when it is gone. */
export async function deleteMission(id: string): Promise<boolean> {
  const result = await session.replica.write({ ...mission(id), op: 'delete' });
  if (!result.ok) tellRefusal(result);
  return result.ok;
}

/** Asks the service for a plan now, and says so where it does not take it. */
export async function runNow(id: string): Promise<void> {
  const { runFaults } = i18n.of(words);
  const answer = await session.ask(`/api/missions/${encodeURIComponent(id)}/run`, { method: 'POST' });
  if (answer.ok) return;
  const { other, ...known } = runFaults;
  const fault = Object.hasOwn(known, answer.code) ? known[answer.code as keyof typeof known] : undefined;
  toasts.error(fault ?? other(answer.detail || answer.code));
}

export function mission(id: string) {
  return { appId: 'ai', table: 'aiMissions', id };
}

async function store(write: Write): Promise<void> {
  const result = await session.replica.write(write);
  if (!result.ok) tellRefusal(result);
}

function tellRefusal(result: Exclude<WriteResult, { ok: true }>): void {
  const { storageFull, refused } = i18n.of(words);
  if (result.reason === 'storage_full') toasts.error(storageFull);
  else toasts.error(refused(result.issues.map(issueSentence).join(' ')));
}
