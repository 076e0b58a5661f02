import { describe, expect, test } from 'vitest';
import { readProposal } from '../../../../src/web/proposals/read-proposal.ts';
import { record } from '../support.ts';

const NOW = new Date('2026-03-01T10:00:00Z');
const DATA = {
  missionId: 'm1',
  iterationId: 'm1-1',
  appId: 'todo',
  toolName: 'create_task',
  params: { title: 'Buy bread' },
  summary: 'Create the task "Buy bread"',
  rationale: 'There is none left.',
  status: 'pending',
  expiresAt: '2026-03-10T10:00:00.000Z',
};
const read = (data: object, unconfirmedBy: string | null = null) =>
  readProposal({ ...record('ai', 'aiProposals', 'p1', { ...DATA, ...data }), unconfirmedBy }, NOW);

describe('a proposal on a card', () => {
  test('has what its record has', () => {
    expect(read({})).toMatchObject({
      ...{ id: 'p1', missionId: 'm1', toolName: 'create_task', status: 'pending', rationale: 'There is none left.' },
      ...{ params: { title: 'Buy bread' }, expiresAt: new Date('2026-03-10T10:00:00Z'), isUnconfirmed: false },
    });
  });

  test('is expired from its time on, whether or not that is recorded', () => {
    expect(read({ expiresAt: NOW.toISOString() }).status).toBe('expired');
    expect(read({ expiresAt: '2026-03-01T10:00:00.001Z' }).status).toBe('pending');
    expect(read({ status: 'approved', expiresAt: '2020-01-01T00:00:00.000Z' }).status).toBe('approved');
  });

  test('shows the parameters that were run', () => {
    expect(read({ status: 'approved', decidedParams: { title: 'Buy rolls' } }).params).toEqual({ title: 'Buy rolls' });
  });

  test('waits for the service after a decision of this device', () => {
    expect(read({ status: 'approved' }, 'p1').isUnconfirmed).toBe(true);
    expect(read({ status: 'approved' }, 'another').isUnconfirmed).toBe(false);
  });

  test.each([
    ['nothing', {}],
    ['wrong types', { missionId: 7, params: [1], summary: {}, rationale: null, status: 'odd', expiresAt: 'soon' }],
    ['wrong decisions', { decidedBy: 'a cat', decidedAt: 12, feedback: ['x'], decidedParams: 'none' }],
  ])('is shown with %s in its record', (_, data) => {
    const shown = readProposal(record('ai', 'aiProposals', 'p1', data as never), NOW);
    expect(shown).toMatchObject({ id: 'p1', status: 'pending', params: {}, feedback: '', decidedBy: undefined });
    expect(shown.summary).toBe('p1');
  });
});
