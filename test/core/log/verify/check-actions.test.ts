import { expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/core/json.ts';
import { type Actor, MISSION_RUNNER, RULE, USER } from '../../../../src/core/log/actor.ts';
import { type CheckedChange, checkActions } from '../../../../src/core/log/verify/check-actions.ts';
import type { Rule } from '../../../../src/core/log/verify/violation.ts';
import { defaultRegistry } from '../../../../src/core/modules/registry.ts';
import { canonicalAction } from '../../../../src/core/proposals/proposal.ts';

const PARAMS = { title: 'Call' };
const AI: Actor = { kind: 'ai', missionId: 'm1', iterationId: 'm1-1', proposalId: 'm1-1-0', rationale: 'asked for' };

type Row = Omit<CheckedChange, 'position' | 'fieldTimestamps' | 'clientId'>;

function row(path: string, data: JsonObject, actor: Actor, op: Row['op'] = 'update'): Row {
  const [appId = '', tableName = '', recordId = ''] = path.split('/');
  return { appId, tableName, recordId, op, data, actor };
}

const mission = row('ai/aiMissions/m1', { title: 'Move' }, USER, 'insert');
const iteration = row('ai/aiIterations/m1-1', { missionId: 'm1', want: 1 }, MISSION_RUNNER, 'insert');
const proposal = (over: JsonObject = {}, actor: Actor = MISSION_RUNNER) =>
  row(
    'ai/aiProposals/m1-1-0',
    {
      ...{ missionId: 'm1', iterationId: 'm1-1', appId: 'todo', toolName: 'create_task', params: PARAMS },
      ...{ hash: canonicalAction('create_task', PARAMS), status: 'pending', ...over },
    },
    actor,
    'insert',
  );
const decide = (status: string, over: JsonObject = {}, actor: Actor = USER) =>
  row('ai/aiProposals/m1-1-0', { status, decidedBy: 'user', ...over }, actor);
const effect = (actor: Actor = AI, path = 'todo/tasks/m1-1-0') => row(path, { title: 'Call' }, actor, 'insert');
const policy = (setting: string | null) => row('ai/aiPolicy/policy', { create_task: setting }, USER);
const byPolicy = proposal({ status: 'approved', decidedBy: 'policy' });
const plan = [mission, iteration, proposal()];

/** What the checks find in a log of these rows: each rule with the positions that show it. */
function check(...rows: Row[]): [Rule, number[]][] {
  const checks = checkActions(defaultRegistry, canonicalAction);
  return rows.flatMap((each, n) => {
    const at = new Date(Date.UTC(2026, 0, 1) + n).toISOString();
    const fieldTimestamps = Object.fromEntries(Object.keys(each.data).map((field) => [field, at]));
    const found = checks.see({ ...each, position: n + 1, clientId: 'server', fieldTimestamps });
    return found.map(({ rule, positions }): [Rule, number[]] => [rule, positions]);
  });
}

test.each<[string, Row[]]>([
  ['a step that the person approved', [...plan, decide('approved'), effect()]],
  ['one that a policy let run at once', [policy('auto'), mission, iteration, byPolicy, effect()]],
  ['one that nobody has decided', plan],
  ['one that was rejected', [...plan, decide('rejected')]],
  ['one that a newer plan replaced', [...plan, decide('superseded', {}, MISSION_RUNNER)]],
  ['one that expired', [...plan, decide('expired', {}, RULE)]],
  ['what the person does in the modules', [effect(USER)]],
  [
    'a word on a proposal that was decided',
    [...plan, decide('approved'), row('ai/aiProposals/m1-1-0', { feedback: 'ok' }, USER)],
  ],
])('%s is in order', (_, rows) => {
  expect(check(...rows)).toEqual([]);
});

test.each<[string, Row[], [Rule, number[]][]]>([
  ['an effect of no proposal', [mission, iteration, effect()], [['ai_change_without_proposal', [3]]]],
  ['an effect before the approval', [...plan, effect(), decide('approved')], [['ai_change_not_approved', [3, 4]]]],
  ['an effect of a rejected proposal', [...plan, decide('rejected'), effect()], [['ai_change_not_approved', [3, 5]]]],
  [
    'one in another module',
    [...plan, decide('approved'), effect(AI, 'notes/notes/n1')],
    [['ai_change_in_another_module', [3, 5]]],
  ],
  [
    'one that names another mission',
    [...plan, decide('approved'), effect({ ...AI, missionId: 'm2' } as Actor)],
    [['ai_change_of_another_plan', [3, 5]]],
  ],
  [
    'one that names another iteration',
    [...plan, decide('approved'), effect({ ...AI, iterationId: 'm1-2' } as Actor)],
    [['ai_change_of_another_plan', [3, 5]]],
  ],
  [
    'one of a mission that never was',
    [iteration, proposal(), decide('approved'), effect()],
    [['ai_change_of_another_plan', [2, 4]]],
  ],
  [
    'one in the bookkeeping',
    [...plan, decide('approved'), effect(AI, 'ai/aiPolicy/policy')],
    [['ai_change_of_bookkeeping', [5]]],
  ],
  ['two decisions', [...plan, decide('approved'), decide('rejected')], [['decided_twice', [4, 5]]]],
  ['the same decision again', [...plan, decide('approved'), decide('approved')], [['decided_twice', [4, 5]]]],
  [
    'a decision on what was replaced',
    [...plan, decide('superseded', {}, MISSION_RUNNER), decide('approved')],
    [['decided_twice', [4, 5]]],
  ],
  ['an approval by the service', [...plan, decide('approved', {}, RULE)], [['approved_by_nobody', [4]]]],
  [
    'an approval by an AI',
    [...plan, decide('approved', {}, AI)],
    [
      ['ai_change_of_bookkeeping', [4]],
      ['approved_by_nobody', [4]],
    ],
  ],
  ['a policy that was never set', [mission, iteration, byPolicy], [['approved_by_nobody', [3]]]],
  ['a policy set only later', [mission, iteration, byPolicy, policy('auto')], [['approved_by_nobody', [3]]]],
  ['a policy taken back', [policy('auto'), policy(null), mission, iteration, byPolicy], [['approved_by_nobody', [5]]]],
  [
    'a policy that a person claims',
    [policy('auto'), ...plan, decide('approved', { decidedBy: 'policy' })],
    [['approved_by_nobody', [5]]],
  ],
  [
    'parameters that were swapped',
    [...plan, row('ai/aiProposals/m1-1-0', { params: { title: 'Pay' } }, RULE), decide('approved')],
    [['decided_on_something_else', [3, 5]]],
  ],
  [
    'a hash of nothing',
    [mission, iteration, proposal({ hash: 'x' }), decide('rejected')],
    [['decided_on_something_else', [3, 4]]],
  ],
])('%s is found', (_, rows, found) => {
  expect(check(...rows)).toEqual(found);
});
