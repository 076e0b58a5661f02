import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { UndoReport } from '../../../src/log/undo/undo-report.ts';
import { toasts } from '../../../src/web/components/toasts.svelte.ts';
import { i18n } from '../../../src/web/i18n/i18n.svelte.ts';
import type { Iteration } from '../../../src/web/pages/mission/read-iteration.ts';
import UndoPlan from '../../../src/web/pages/mission/undo-plan.svelte';
import { session } from '../../../src/web/session/session.svelte.ts';

const report: UndoReport = {
  dryRun: true,
  positions: null,
  records: [
    {
      appId: 'todo',
      table: 'tasks',
      id: 'm1-1-0',
      label: '<b>Give</b> notice',
      outcome: 'deleted',
      back: [],
      kept: [],
    },
    {
      ...{ appId: 'todo', table: 'tasks', id: 't1', label: 'Buy milk', outcome: 'restored' },
      back: [{ field: 'completed', from: true, to: false }],
      kept: [
        { field: 'notes', value: 'mine', position: 9, actor: { kind: 'user' }, arrivedAt: '2026-01-01T00:00:00.000Z' },
      ],
    },
  ],
};

/** What the service was asked, and what it answers. */
let asked: { path: string; body: unknown }[];
let answers: { status: number; body: unknown }[];

beforeEach(() => {
  asked = [];
  answers = [];
  session.sync = { name: 'live', reason: 'up_to_date' };
  vi.stubGlobal('fetch', async (path: string, { body }: { body: string }) => {
    asked.push({ path, body: JSON.parse(body) });
    const answer = answers.shift();
    if (!answer) throw new TypeError('no network');
    return new Response(JSON.stringify(answer.body), { status: answer.status });
  });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  i18n.choose(null);
  for (const { id } of toasts.shown) toasts.dismiss(id);
});

function show(...statuses: string[]) {
  const steps = statuses.map((status, n) => ({ id: `m1-1-${n}`, status }));
  render(UndoPlan, { iteration: { id: 'm1/1-1', steps } as unknown as Iteration, title: 'Iteration 1' });
}

const open = () => fireEvent.click(screen.getByRole('button', { name: 'Undo this plan’s changes' }));

describe('undoing what a plan has changed', () => {
  it('is offered where a step was approved, and the service can be reached', async () => {
    show('pending', 'rejected', 'superseded');
    expect(screen.queryByRole('button')).toBeNull();
    cleanup();
    session.sync = { name: 'offline', reason: 'no_network' };
    show('approved');
    expect(screen.queryByRole('button')).toBeNull();
    session.sync = { name: 'pushing', reason: 'sending' };
    expect(await screen.findByRole('button', { name: 'Undo this plan’s changes' })).toBeDefined();
  });

  it('shows first what goes back and what stays and why, and does it on a yes', async () => {
    answers.push({ status: 200, body: report }, { status: 200, body: { ...report, dryRun: false } });
    show('pending', 'approved');
    await open();
    const dialog = await screen.findByRole('dialog', { name: 'Iteration 1: undo its changes' });
    await screen.findByText('What goes back');
    const text = dialog.textContent?.replaceAll(/\s+/g, ' ');
    expect(text).toContain('<b>Give</b> notice is deleted');
    expect(text).toContain('Buy milk as it was before');
    expect(text).toContain('Completed: yes → no');
    expect(text).toContain('Notes: mine (changed by you since)');
    expect(asked).toEqual([{ path: '/api/iterations/m1%2F1-1/undo', body: { dryRun: true } }]);

    await fireEvent.click(screen.getByRole('button', { name: 'Undo' }));
    await waitFor(() => expect(toasts.shown.map(({ text }) => text)).toEqual(['The changes of the plan are undone.']));
    expect(asked.at(-1)).toEqual({ path: '/api/iterations/m1%2F1-1/undo', body: { dryRun: false } });
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('is left without doing anything', async () => {
    answers.push({ status: 200, body: report });
    show('approved');
    await open();
    await screen.findByText('What goes back');
    await fireEvent.click(screen.getByRole('button', { name: 'Cancel' }));
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(asked).toHaveLength(1);
  });

  it('says when nothing is left to undo, and why', async () => {
    const actor = { kind: 'user' } as const;
    const kept = [{ field: 'deletedAt', value: '2026-01-01T00:00:00.000Z', position: 9, actor, arrivedAt: '' }];
    answers.push({ status: 200, body: { ...report, records: [{ ...report.records[0], outcome: 'left', kept }] } });
    show('approved');
    await open();
    await screen.findByText('Nothing of this plan is left to undo.');
    expect(screen.getByText('deleted by you since')).toBeDefined();
    expect(screen.queryByRole('button', { name: 'Undo' })).toBeNull();
  });

  it('says what went wrong, in the language of the interface', async () => {
    i18n.choose('de');
    show('approved');
    await fireEvent.click(screen.getByRole('button', { name: 'Änderungen dieses Plans rückgängig machen' }));
    expect((await screen.findByRole('alert')).textContent).toContain('Der Dienst antwortet nicht');
  });
});
