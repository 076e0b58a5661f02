import { render, screen } from '@testing-library/svelte';
import { tick } from 'svelte';
import { expect, it } from 'vitest';
import { session } from '../../../src/web/session/session.svelte.ts';
import SyncStatus from '../../../src/web/session/sync-status.svelte';
import { until } from '../../support/until.ts';
import { useSession } from '../components/use-session.ts';

const person = useSession();

/** What is said of the button beside its name. */
function description(): string {
  const ids = screen.getByRole('button').getAttribute('aria-describedby')?.split(' ') ?? [];
  return ids.map((id) => document.getElementById(id)?.textContent ?? '').join(' ');
}

it('is named by the state alone, and described by the reason for it', async () => {
  render(SyncStatus);
  const button = screen.getByRole('button', { name: 'Sync status: Offline' });
  expect(screen.getByRole('status').textContent).toMatch(/^This device has no network/);
  expect(description()).toContain('no network');
  session.sync = { name: 'live', reason: 'up_to_date' };
  await tick();
  expect(screen.getByRole('button', { name: 'Sync status: In sync' })).toBe(button);
  expect(description().trim()).toBe('Everything is here, and what comes arrives at once.');
});

it('says how much waits to be sent', async () => {
  render(SyncStatus);
  const tasks = { appId: 'todo', table: 'tasks', op: 'insert' as const };
  await person.replica.write({ ...tasks, id: 'a', data: { title: 'a' } }, { ...tasks, id: 'b', data: { title: 'b' } });
  await until(() => description().includes('2 changes wait to be sent.'));
});
