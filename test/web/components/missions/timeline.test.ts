import { cleanup, fireEvent, render, screen, within } from '@testing-library/svelte';
import { tick } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import type { JsonObject } from '../../../../src/core/json.ts';
import { toasts } from '../../../../src/web/components/toasts.svelte.ts';
import type { MissionPageData } from '../../../../src/web/pages/mission/read-mission-page.ts';
import Timeline from '../../../../src/web/pages/mission/timeline.svelte';
import { readMission } from '../../../../src/web/pages/missions/read-mission.ts';
import type { Said } from '../../../../src/web/pages/missions/said-of-plans.svelte.ts';
import { session } from '../../../../src/web/session/session.svelte.ts';
import { until } from '../../../support/until.ts';
import { record } from '../../pages/support.ts';
import { useSession } from '../use-session.ts';

useSession();
let ask: MockInstance<typeof session.ask>;
/** What the service says of the mission. */
let said: Partial<Said> = {};
beforeEach(() => {
  said = { planning: 'planning' };
  // What the service answers is told at once, not when the time is looked at next.
  vi.spyOn(globalThis, 'setInterval').mockReturnValue(0 as never);
  ask = vi.spyOn(session, 'ask').mockImplementation(async () => ({ ok: true, body: { id: 'm', ...said } as never }));
  session.sync = { name: 'live', reason: 'up_to_date' };
});
afterEach(() => {
  cleanup();
  for (const { id } of toasts.shown) toasts.dismiss(id);
  vi.restoreAllMocks();
});

const AT = '2026-03-01T10:00:00.000Z';
const RESTS = { cadenceFrom: null, isQuarantined: false };
const WANT = { reason: 'edited', position: 7, updatedAt: AT } as const;
const mission = record('ai', 'aiMissions', 'm', { title: 'Eat breakfast', state: 'active' });
const iteration = (want: number, data: JsonObject) =>
  record('ai', 'aiIterations', `m-${want}`, { missionId: 'm', want, finishedAt: AT, ...data });
const proposal = (id: string, data: JsonObject) =>
  record('ai', 'aiProposals', id, {
    ...{ missionId: 'm', iterationId: 'm-1', toolName: 'create_task', params: { title: 'Milk' } },
    ...{ summary: 'Create the task "Milk"', rationale: 'There is none', ...data },
  });

/** What is said of the plan that is being made; undefined: none is. */
const told = () => screen.queryAllByRole('status')[0]?.textContent;

function show(over: Partial<MissionPageData>): void {
  const page = { record: mission, iterations: [], proposals: [], want: null, ...RESTS, ...over };
  render(Timeline, { page, mission: readMission(page.record) });
}

describe('a plan that is being made', () => {
  it('is there at once, says why and how far it is, and can be stopped', async () => {
    show({ want: WANT });
    expect(told()).toContain('The mission was edited, so it is planned anew.');
    await until(() => told()?.includes('The planner is at work.'));
    await fireEvent.click(screen.getByRole('button', { name: 'Stop' }));
    expect(ask).toHaveBeenCalledWith('/api/missions/m/stop', { method: 'POST' });
    await tick();
    expect(toasts.shown).toEqual([]);
  });

  it('that cannot be stopped any more says so', async () => {
    show({ want: WANT });
    const fault = { code: 'nothing_to_stop', status: 409, detail: '', errors: [] };
    ask.mockResolvedValue({ ok: false, ...fault });
    await fireEvent.click(screen.getByRole('button', { name: 'Stop' }));
    await until(() => toasts.shown.length > 0);
    expect(toasts.shown).toMatchObject([{ text: 'There is nothing to stop any more.', tone: 'error' }]);
  });

  it('waits where the service does not have it yet, and cannot be stopped then', () => {
    session.sync = { name: 'offline', reason: 'no_network' };
    show({ want: { ...WANT, position: null } });
    expect(told()).toContain('It begins as soon as the service has what you wrote.');
    expect(screen.queryByRole('button', { name: 'Stop' })).toBeNull();
    expect(ask).not.toHaveBeenCalled();
  });

  it('is none where the service says that nothing is planned', async () => {
    said = { planning: 'idle' };
    show({ want: WANT });
    await until(() => told() === undefined);
  });
});

describe('a plan that a cap holds', () => {
  const tomorrow = new Date(Date.now() + 86_400_000);
  const held = { cap: 'ownTokens', limit: 50_000, spent: 20_000, reserved: 0, needs: 40_960 } as const;

  it('says which, until when and what helps, and goes on saying so without a network', async () => {
    said = { planning: 'held', held: { ...held, until: tomorrow.toISOString() } };
    show({ want: WANT });
    await until(() => told()?.includes('Held by a cap'));
    expect(told()).toContain('Of the 50,000 tokens that you allow this mission in a day 20,000 are spent');
    expect(told()).toContain('its next call may take 40,960');
    expect(told()).toMatch(/It continues on .*, or as soon as you raise them\./);
    const raise = screen.getByRole('link', { name: 'Raise the cap' });
    expect(raise.getAttribute('href')).toBe('/companion/missions/m?edit');
    session.sync = { name: 'offline', reason: 'no_network' };
    await tick();
    expect(told()).toContain('or as soon as you raise them');
  });

  it('where one call alone is more than the cap, never goes on by itself', async () => {
    said = { planning: 'held', held: { ...held, limit: 1_000, spent: 0, until: tomorrow.toISOString() } };
    show({ want: { ...WANT, position: 8 } });
    await until(() => told()?.includes('It continues only when you raise them.'));
  });

  it('that the operator set names the setting, and offers nothing that the person cannot do', async () => {
    said = { planning: 'held', held: { ...held, cap: 'userTokens', until: tomorrow.toISOString() } };
    show({ want: { ...WANT, position: 9 } });
    await until(() => told()?.includes('raises the cap (LLM_DAILY_TOKENS)'));
    expect(screen.queryByRole('link', { name: 'Raise the cap' })).toBeNull();
  });

  it('is no longer told once its time is over', async () => {
    said = { planning: 'held', held: { ...held, until: '2026-01-01T00:00:00.000Z' } };
    show({ want: { ...WANT, position: 10 } });
    await until(() => ask.mock.results.length > 0);
    await tick();
    expect(told()).not.toContain('Held by a cap');
  });
});

it('a plan that waits for a model that does not answer says since when, and when it is asked again', async () => {
  said = { planning: 'queued', modelFault: { at: AT, retryAt: null } };
  show({ want: { ...WANT, position: 11 } });
  await until(() => told()?.includes('and did not answer. The service keeps looking'));
  cleanup();
  said = { planning: 'retrying', modelFault: { at: AT, retryAt: AT } };
  show({ want: { ...WANT, position: 12 } });
  await until(() => told()?.includes('It is asked again on'));
});

describe('an iteration', () => {
  it('that failed says why in plain words, and what was reported on demand', () => {
    const error = { reason: 'model_unavailable', message: 'connect ECONNREFUSED' };
    show({ iterations: [iteration(1, { overallStatus: 'failed', error })] });
    const entry = screen.getByRole('article', { name: 'Iteration 1' });
    expect(within(entry).getByText('Failed')).toBeTruthy();
    expect(within(entry).getByText('The model did not answer. Ask for a plan again when it runs.')).toBeTruthy();
    const reported = within(entry).getByText('connect ECONNREFUSED').closest('details');
    expect(reported?.open).toBe(false);
  });

  it('that the person stopped is no failure', () => {
    const error = { reason: 'stopped', message: 'stopped by the person' };
    show({ iterations: [iteration(1, { overallStatus: 'failed', error })] });
    expect(screen.getByText('Stopped')).toBeTruthy();
    expect(screen.queryByText('Failed')).toBeNull();
    expect(screen.queryByText('stopped by the person')).toBeNull();
  });

  it('whose steps were superseded shows them as such, with nothing to decide', () => {
    const plan = [{ proposalId: 'm-1-0' }, { proposalId: 'm-1-1' }];
    const proposals = [
      proposal('m-1-0', { status: 'superseded' }),
      proposal('m-1-1', { status: 'superseded', summary: 'Create the task "Bread"' }),
    ];
    show({ iterations: [iteration(1, { plan })], proposals });
    const entry = screen.getByRole('article', { name: 'Iteration 1' });
    expect(within(entry).getAllByText('Superseded')).toHaveLength(3);
    expect(within(entry).getByText('Create the task "Bread"')).toBeTruthy();
    expect(within(entry).queryByRole('button', { name: 'Approve' })).toBeNull();
  });

  it('stands above those before it, ten at first', async () => {
    show({ iterations: Array.from({ length: 12 }, (_, index) => iteration(index + 1, { plan: [] })) });
    const titles = () => screen.getAllByRole('heading', { level: 3 }).map(({ textContent }) => textContent);
    expect(titles().slice(0, 2)).toEqual(['Iteration 12', 'Iteration 11']);
    expect(titles()).toHaveLength(10);
    await fireEvent.click(screen.getByRole('button', { name: 'Show 2 older' }));
    expect(titles().at(-1)).toBe('Iteration 1');
  });
});

it('a mission without any says what comes', () => {
  show({});
  expect(screen.getByText('No plan was made yet.')).toBeTruthy();
  cleanup();
  show({ record: record('ai', 'aiMissions', 'm', { title: 'Eat', state: 'paused' }) });
  expect(screen.getByText('No plan was made yet. Resume the mission, and it is planned.')).toBeTruthy();
});
