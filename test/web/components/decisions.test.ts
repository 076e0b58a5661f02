import { render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, it } from 'vitest';
import ToastList from '../../../src/web/components/toast-list.svelte';
import { toasts } from '../../../src/web/components/toasts.svelte.ts';
import { decisions } from '../../../src/web/proposals/decisions.svelte.ts';
import { until } from '../../support/until.ts';
import { useSession } from './use-session.ts';

const person = useSession();
const approved = () => screen.queryByText('Approved: Buy milk');

beforeEach(async () => {
  const data = { missionId: 'm', iterationId: 'm-1', toolName: 'create_task', params: { title: 'Buy milk' } };
  const proposal = {
    appId: 'ai',
    table: 'aiProposals',
    id: 'p',
    pending: false,
    unconfirmedBy: null,
    firstPosition: 1,
  };
  await person.replica.db.records.add({
    ...proposal,
    data: { ...data, rationale: 'because', appId: 'todo', summary: 'Buy milk', status: 'pending' },
    status: 'pending',
    missionId: 'm',
  });
  render(ToastList);
  expect(await decisions.make({ proposalId: 'p', decision: 'approve' }, 'Buy milk')).toEqual({ ok: true });
  await until(approved);
  expect(screen.getByRole('button', { name: 'Undo' })).toBeTruthy();
});
afterEach(() => {
  for (const { id } of toasts.shown) toasts.dismiss(id);
});

it('the offer to undo leaves when the decision was taken back by key', async () => {
  await decisions.undoLast();
  await until(() => !approved());
  expect(screen.getByText('Taken back. The proposal is open again.')).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Undo' })).toBeNull();
});

it('the offer to undo leaves as soon as the decision goes out', async () => {
  await person.replica.db.outbox.toCollection().modify({ state: 'sending' });
  await until(() => !approved());
  expect(screen.queryByRole('button', { name: 'Undo' })).toBeNull();
  await decisions.undoLast();
  expect(toasts.shown.map(({ text }) => text)).toEqual(['This decision is with the service already, and stands.']);
});
