import { fireEvent, render, screen, within } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { toasts } from '../../../../src/web/components/toasts.svelte.ts';
import MissionMenu from '../../../../src/web/pages/missions/mission-menu.svelte';
import { readMission } from '../../../../src/web/pages/missions/read-mission.ts';
import { router } from '../../../../src/web/router/app-router.ts';
import { session } from '../../../../src/web/session/session.svelte.ts';
import { until } from '../../../support/until.ts';
import { useSession } from '../use-session.ts';

const person = useSession();
const ref = { appId: 'ai', table: 'aiMissions', id: 'm' };
const stored = () => person.replica.getRecord('ai', 'aiMissions', 'm');
const stateOf = async () => (await stored())?.data.state;

beforeEach(async () => {
  await person.replica.write({ ...ref, op: 'insert', data: { title: 'Eat', objective: 'Daily', state: 'active' } });
});
afterEach(() => {
  for (const { id } of toasts.shown) toasts.dismiss(id);
  vi.restoreAllMocks();
});

/** Opens the menu of the mission as it is stored now. */
async function open(state = 'active') {
  await person.replica.write({ ...ref, op: 'update', data: { state } });
  const ondeleted = vi.fn();
  render(MissionMenu, { mission: readMission((await stored())!), ondeleted });
  const trigger = screen.getByRole('button', { name: 'Actions: Eat' });
  trigger.focus();
  await fireEvent.keyDown(trigger, { key: 'Enter' });
  await until(() => screen.queryAllByRole('menuitem').length > 0);
  return ondeleted;
}

const item = (name: string) => screen.getByRole('menuitem', { name });
async function choose(name: string): Promise<void> {
  item(name).focus();
  await fireEvent.keyDown(item(name), { key: 'Enter' });
}

it.each([
  ['Pause', 'active', 'paused'],
  ['Resume', 'paused', 'active'],
  ['Complete', 'active', 'done'],
  ['Archive', 'done', 'archived'],
])('%s makes an %s mission %s, without the service too', async (name, from, to) => {
  await open(from);
  await choose(name);
  await until(async () => (await stateOf()) === to);
});

it('offers nothing that makes no difference', async () => {
  await open('done');
  expect(screen.getAllByRole('menuitem').map(({ textContent }) => textContent?.trim())).toEqual([
    ...['Edit', 'Plan now', 'Resume', 'Complete', 'Archive', 'Delete'],
  ]);
  const disabled = screen.getAllByRole('menuitem').filter((entry) => entry.getAttribute('aria-disabled') === 'true');
  expect(disabled.map(({ textContent }) => textContent?.trim())).toEqual(['Plan now', 'Complete']);
});

it('Edit leads to the form', async () => {
  const go = vi.spyOn(router, 'go').mockResolvedValue();
  await open();
  await choose('Edit');
  await until(() => go.mock.calls.length > 0);
  expect(go).toHaveBeenCalledWith('/companion/missions/m?edit');
});

it('Plan now asks the service, and says in plain words when it cannot', async () => {
  const fault = { code: 'unreachable', status: 0, detail: '', errors: [] };
  const ask = vi.spyOn(session, 'ask').mockResolvedValue({ ok: false, ...fault });
  await open();
  await choose('Plan now');
  await until(() => toasts.shown.length > 0);
  expect(ask).toHaveBeenCalledWith('/api/missions/m/run', { method: 'POST' });
  expect(toasts.shown).toMatchObject([{ text: expect.stringMatching(/^The service does not answer/), tone: 'error' }]);
});

it('Delete asks first', async () => {
  const ondeleted = await open();
  await choose('Delete');
  const question = await until(() => screen.queryByRole('dialog', { name: 'Delete “Eat”?' }));
  await fireEvent.click(within(question).getByRole('button', { name: 'Cancel' }));
  expect(await stored()).toBeDefined();
  expect(ondeleted).not.toHaveBeenCalled();
});

it('a deleted mission is gone, and that is said', async () => {
  const ondeleted = await open();
  await choose('Delete');
  const question = await until(() => screen.queryByRole('dialog', { name: 'Delete “Eat”?' }));
  await fireEvent.click(within(question).getByRole('button', { name: 'Delete' }));
  await until(() => ondeleted.mock.calls.length === 1);
  expect(await stored()).toBeUndefined();
  expect(toasts.shown.map(({ text }) => text)).toEqual(['The mission is deleted.']);
});
