import { fireEvent, render, screen } from '@testing-library/svelte';
import { expect, it, vi } from 'vitest';
import { KeptStorage } from '../../../src/web/session/kept-storage.svelte.ts';
import SyncStatus from '../../../src/web/session/sync-status.svelte';
import { until } from '../../support/until.ts';
import { useSession } from '../components/use-session.ts';

const person = useSession();
const EVICTABLE = /^The browser may remove what is kept here/;

/** A browser that keeps what is stored, or does not when it is asked. */
function browserThat(answer: { persisted: boolean; persist: boolean | Error }) {
  const persist = vi.fn(async () => {
    if (answer.persist instanceof Error) throw answer.persist;
    return answer.persist;
  });
  const storage = { persisted: async () => answer.persisted, persist };
  Object.defineProperty(navigator, 'storage', { configurable: true, value: storage });
  return persist;
}

it('is asked for when something is written, not before, and told of where it is not given', async () => {
  const persist = browserThat({ persisted: false, persist: false });
  render(SyncStatus);
  await fireEvent.click(screen.getByRole('button', { name: 'Sync status: Offline' }));
  await until(() => screen.queryByText('Nothing waits to be sent.'));
  expect(persist).not.toHaveBeenCalled();
  expect(screen.queryByText(EVICTABLE)).toBeNull();

  const task = { appId: 'todo', table: 'tasks', op: 'insert' as const };
  await person.replica.write({ ...task, id: 'a', data: { title: 'a' } });
  await until(() => screen.queryByText(EVICTABLE));
  await person.replica.write({ ...task, id: 'b', data: { title: 'b' } });
  await until(() => screen.queryAllByText('2 changes wait to be sent.').length > 0);
  expect(persist).toHaveBeenCalledOnce();

  await person.replica.db.outbox.clear();
  await until(() => screen.queryByText(EVICTABLE) === null);
});

it('is not asked for where the browser keeps it already', async () => {
  const persist = browserThat({ persisted: true, persist: false });
  const storage = new KeptStorage();
  await storage.ask();
  expect(storage.isKept).toBe(true);
  expect(persist).not.toHaveBeenCalled();
});

it('is not known where the browser does not say, or has none', async () => {
  vi.spyOn(console, 'info').mockImplementation(() => {});
  browserThat({ persisted: false, persist: new TypeError('not allowed here') });
  const refusing = new KeptStorage();
  await refusing.ask();
  expect(refusing.isKept).toBeUndefined();
  Object.defineProperty(navigator, 'storage', { configurable: true, value: undefined });
  const without = new KeptStorage();
  await without.ask();
  expect(without.isKept).toBeUndefined();
});
