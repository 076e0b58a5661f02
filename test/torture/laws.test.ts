// Each law against histories that break it: a law that catches nothing proves nothing.
import { expect, test } from 'vitest';
import type { LoggedChange } from '../../src/core/log/change.ts';
import { emptyRecord, foldChange } from '../../src/core/log/merge.ts';
import { addressKey } from '../../src/core/log/record-address.ts';
import { check, laws } from '../../torture/checker/check.ts';
import type { Evidence, UserEvidence } from '../../torture/checker/evidence.ts';

const USER = { kind: 'user' } as const;
const RUNNER = { kind: 'system', source: 'mission-runner' } as const;

function change(position: number, over: Partial<LoggedChange> = {}): LoggedChange {
  return {
    userId: 'ana',
    position,
    id: `event-${position}`,
    appId: 'todo',
    tableName: 'tasks',
    recordId: 't1',
    op: 'insert',
    data: { title: `as of ${position}` },
    fieldTimestamps: { title: `2026-01-01T00:00:0${position}.000Z` },
    clientId: 'c',
    schemaVersion: 1,
    actor: USER,
    createdAt: '2026-01-01T00:00:00Z',
    ...over,
  };
}

const iteration = (position: number, call: number): LoggedChange =>
  change(position, {
    appId: 'ai',
    tableName: 'aiIterations',
    recordId: 'm1-1',
    data: { missionId: 'm1', want: 1, summary: `answer to call ${call}` },
    fieldTimestamps: {},
    actor: RUNNER,
  });

const decision = (position: number, status: string): LoggedChange =>
  change(position, {
    appId: 'ai',
    tableName: 'aiProposals',
    recordId: 'm1-1-0',
    op: 'update',
    data: { status },
    fieldTimestamps: {},
  });

/** A history in which everything holds, but for what a test makes of it. */
function history(log: LoggedChange[], user: Partial<UserEvidence> = {}, evidence: Partial<Evidence> = {}): Evidence {
  const records: UserEvidence['records'] = new Map();
  for (const one of log) {
    const key = addressKey({ appId: one.appId, table: one.tableName, id: one.recordId });
    records.set(key, foldChange(records.get(key) ?? emptyRecord(one.position), one));
  }
  const seen = log.map(({ position, id: eventId }) => ({ position, eventId }));
  return {
    users: [
      {
        user: 'ana',
        log,
        head: log.length,
        records,
        missions: [],
        findings: [],
        pushed: log
          .filter(({ actor }) => actor.kind === 'user')
          .map(({ id }) => ({ eventId: id, told: ['unknown', 'acknowledged'] })),
        abandoned: new Set<string>(),
        faults: [],
        followed: [{ by: 'stream-1', seen, refusals: [] }],
        decided: [],
        ...user,
      },
    ],
    ledger: [{ number: 7, asker: 'runner-1', mission: 'ana/m1', inputTokens: 100, outputTokens: 10 }],
    modelCalls: [{ user: 'ana', mission: 'm1', want: 1, call: 7, inputTokens: 100, outputTokens: 10 }],
    losses: [],
    stuck: [],
    stops: [{ process: 'api-1', code: 0, claimsLeft: 0 }],
    failovers: 0,
    concurrency: 2,
    ...evidence,
  };
}

const good = [change(1), change(2), iteration(3, 7), decision(4, 'approved')];
const call = history(good).ledger[0]!;
const row = history(good).modelCalls[0]!;
const seenOf = (...positions: number[]) => positions.map((position) => ({ position, eventId: `event-${position}` }));
const followedAs = (...positions: number[]) =>
  history(good, { followed: [{ by: 'stream-1', seen: seenOf(...positions), refusals: [] }] });

test('a history in which everything holds', () => {
  expect(check(history(good))).toEqual([]);
});

test('what is unknown stays unknown', () => {
  const told = ['unknown'] as const;
  const pushed = [
    { eventId: 'event-1', told: [...told] },
    { eventId: 'event-9', told: [...told] },
  ];
  expect(check(history(good, { pushed }))).toEqual([]);
  const decided = [{ proposalId: 'm1-1-1', decision: 'reject' as const, told: [...told] }];
  expect(check(history(good, { decided }))).toEqual([]);
});

test('a call that nobody recorded is excused by a runner that was lost, and by an edit', () => {
  const ledger = [call, { ...call, number: 8 }];
  expect(check(history(good, {}, { ledger, losses: [{ asker: 'runner-1', kind: 'killed' }] }))).toEqual([]);
  const write = (position: number) =>
    change(position, { appId: 'ai', tableName: 'aiMissions', recordId: 'm1', fieldTimestamps: {} });
  expect(check(history([...good, write(5)], {}, { ledger })).map(({ law }) => law)).toEqual(['calls_accounted']);
  expect(check(history([...good, write(5), write(6)], {}, { ledger }))).toEqual([]);
});

test('a failover refuses each cursor once, and may have lost what is known to have died with the primary', () => {
  const followed = [{ by: 'pull-1', seen: seenOf(1, 2, 3, 4), refusals: ['ahead'] }];
  const pushed = [{ eventId: 'event-9', told: ['acknowledged' as const] }];
  expect(check(history(good, { followed, pushed, abandoned: new Set(['event-9']) }, { failovers: 1 }))).toEqual([]);
});

const broken: Record<string, Record<string, Evidence>> = {
  acknowledged_once: {
    'an acknowledged change is lost': history(good, {
      pushed: [{ eventId: 'event-9', told: ['unknown', 'acknowledged'] }],
    }),
    'another than what is known to have died with a primary is lost': history(good, {
      pushed: [{ eventId: 'event-9', told: ['acknowledged'] }],
      abandoned: new Set(['event-8']),
    }),
    'an event is in the log twice': history([change(1), change(2, { id: 'event-1' })]),
    'a refused change is in the log': history(good, { pushed: [{ eventId: 'event-1', told: ['refused'] }] }),
  },
  positions_contiguous: {
    'there is a hole': history([change(1), change(3)], { head: 3 }),
    'a position is taken twice': history([change(1), change(1, { id: 'other' })], { head: 1 }),
    'the head is behind': history(good, { head: 3 }),
  },
  followed_once: {
    'one is left out': followedAs(1, 3, 4),
    'one comes twice': followedAs(1, 2, 2, 3, 4),
    'two come in the wrong order': followedAs(2, 1, 3, 4),
    'the last one does not come': followedAs(1, 2, 3),
    'one comes that is not in the log': followedAs(1, 2, 3, 4, 5),
    'a failover is not told': history(good, {}, { failovers: 1 }),
    'the cursor is refused': history(good, {
      followed: [{ by: 'pull-1', seen: seenOf(1, 2, 3, 4), refusals: ['ahead'] }],
    }),
  },
  projection_is_fold: {
    'a record is missing': history(good, { records: new Map() }),
    'a record is older': history(good, {
      records: history([change(1), iteration(3, 7), decision(4, 'approved')]).users[0]!.records,
    }),
    'there is a record that the log has not': history([change(1)], {
      records: history(good).users[0]!.records,
      pushed: [],
    }),
    'verify found something': history(good, { findings: ['verify: decided_twice'] }),
  },
  planned_once: {
    'two iterations of a want': history([...good, change(5, { ...iteration(5, 7) })]),
    'an iteration of a call that was not recorded for it': history([iteration(1, 8)]),
  },
  nothing_stuck: {
    'a mission waits': history(good, {
      missions: [{ id: 'm1', isPlannable: true, wanted: 2, planned: 1, claimedBy: null }],
    }),
    'a mission waited in the midst of the run, and was planned later': history(
      good,
      { missions: [{ id: 'm1', isPlannable: true, wanted: 2, planned: 2, claimedBy: null }] },
      { stuck: [{ user: 'ana', id: 'm1', wanted: 2, planned: 1, claimedBy: 'runner-1' }] },
    ),
  },
  calls_accounted: {
    'a call that nobody recorded': history(good, {}, { ledger: [call, { ...call, number: 8 }] }),
    'more calls than were lost with the runner': history(
      good,
      {},
      {
        ledger: [call, ...[8, 9, 10].map((number) => ({ ...call, number }))],
        losses: [{ asker: 'runner-1', kind: 'killed' }],
      },
    ),
    'a call that was never made': history([change(1)], {}, { modelCalls: [{ ...row, call: 9 }] }),
    'other tokens': history(good, {}, { modelCalls: [{ ...row, outputTokens: 11 }] }),
    'a call recorded twice': history(good, {}, { modelCalls: [row, { ...row, want: 2 }] }),
    'a want paid for twice': history(
      good,
      {},
      {
        ledger: [call, { ...call, number: 8 }],
        modelCalls: [row, { ...row, call: 8 }],
      },
    ),
  },
  decided_once: {
    'a proposal decided twice': history([...good, decision(5, 'rejected')]),
    'an acknowledged decision is lost': history(good, {
      decided: [{ proposalId: 'm1-1-0', decision: 'reject', told: ['acknowledged'] }],
    }),
    'an effect landed twice': history(
      [5, 6].map((position) =>
        change(position - 4, {
          actor: { kind: 'ai', missionId: 'm1', iterationId: 'm1-1', proposalId: 'm1-1-0', rationale: 'because' },
        }),
      ),
    ),
  },
  clean_stops: {
    'a process did not end by itself': history(good, {}, { stops: [{ process: 'api-1', code: 1, claimsLeft: 0 }] }),
    'a claim is left behind': history(good, {}, { stops: [{ process: 'runner-1', code: 0, claimsLeft: 1 }] }),
  },
  clean_refusals: {
    'a push was answered as a fault of the service': history(good, { faults: ['500 internal'] }),
  },
};

test('every law has a history that breaks it', () => {
  expect(Object.keys(broken)).toEqual(laws.map(({ name }) => name));
});

for (const [law, histories] of Object.entries(broken)) {
  test.each(Object.entries(histories))(`${law}: %s`, (_, evidence) => {
    expect(check(evidence).map((violation) => violation.law)).toContain(law);
  });
}
