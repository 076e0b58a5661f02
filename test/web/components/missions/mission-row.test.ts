import { render, screen } from '@testing-library/svelte';
import { tick } from 'svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { JsonObject } from '../../../../src/core/json.ts';
import MissionsPage from '../../../../src/web/pages/missions/missions-page.svelte';
import type { Said } from '../../../../src/web/pages/missions/said-of-plans.svelte.ts';
import type { RecordRow } from '../../../../src/web/replica/database.ts';
import { session } from '../../../../src/web/session/session.svelte.ts';
import { until } from '../../../support/until.ts';
import { record } from '../../pages/support.ts';
import { useSession } from '../use-session.ts';

const person = useSession();
// What the service answers is told at once, not when the time is looked at next.
beforeEach(() => void vi.spyOn(globalThis, 'setInterval').mockReturnValue(0 as never));
afterEach(() => vi.restoreAllMocks());

const AT = '2026-03-01T10:00:00.000Z';
const mission = (data: JsonObject = {}) =>
  record('ai', 'aiMissions', 'm', { title: 'Eat', objective: 'Daily', state: 'active', ...data });
const DAILY = { cadence: { kind: 'daily', atHour: 9, atMinute: 0 } };
const iteration = (reason: string): RecordRow => ({
  ...record('ai', 'aiIterations', 'm-1', {
    missionId: 'm',
    finishedAt: AT,
    overallStatus: 'failed',
    error: { reason },
  }),
  missionId: 'm',
});

async function show(records: RecordRow[], said?: Said) {
  await person.replica.db.records.bulkPut(records);
  const ask = vi.spyOn(session, 'ask').mockImplementation(async () => {
    const missions = said ? [{ id: 'm', ...said }] : [];
    return { ok: true, body: { missions } as never };
  });
  if (said) session.sync = { name: 'live', reason: 'up_to_date' };
  render(MissionsPage);
  await until(() => screen.queryByRole('link', { name: 'Eat' }));
  return ask;
}
const row = () => screen.getByRole('listitem').textContent ?? '';

it('a mission that a cap holds says so and until when, also once the service is away', async () => {
  const until_ = new Date(Date.now() + 5.5 * 3_600_000).toISOString();
  const held = { cap: 'userTokens', limit: 100_000, spent: 90_000, reserved: 0, needs: 40_960, until: until_ } as const;
  const ask = await show([mission(DAILY), iteration('model_timeout')], { planning: 'held', held });
  await until(() => row().includes('Held by a cap, goes on in 5 hours'));
  expect(ask).toHaveBeenCalledTimes(1);
  session.sync = { name: 'offline', reason: 'no_network' };
  await tick();
  expect(row()).toContain('Held by a cap, goes on in 5 hours');
});

it('one whose next call alone is more than the cap is held until that is raised', async () => {
  const held = {
    cap: 'ownTokens',
    limit: 10,
    spent: 0,
    reserved: 0,
    needs: 99,
    until: '2999-01-01T00:00:00Z',
  } as const;
  await show([mission({ ...DAILY, dailyTokens: 10 }), iteration('model_timeout')], { planning: 'held', held });
  await until(() => row().includes('Held by a cap until it is raised'));
});

it('one that is quarantined says what to do, and has no next run, with or without the service', async () => {
  const ask = await show([mission(DAILY), iteration('attempts_exhausted')]);
  expect(row()).toContain('No attempt came to an end: edit it or plan it again');
  expect(row()).not.toContain('Due now');
  expect(ask).not.toHaveBeenCalled();
});
