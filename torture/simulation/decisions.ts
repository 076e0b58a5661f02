import { sql } from 'drizzle-orm';
import type { JsonObject } from '../../src/core/json.ts';
import { MISSION_RUNNER } from '../../src/core/log/actor.ts';
import { defaultRegistry } from '../../src/core/modules/registry.ts';
import type { DecisionConflict } from '../../src/core/sync/wire.ts';
import { appendChanges } from '../../src/database/append-changes.ts';
import type { Transaction } from '../../src/database/database.ts';
import { readRecord } from '../../src/database/read-records.ts';
import { actionHash } from '../../src/decisions/action-hash.ts';
import { settleDecision } from '../../src/sync/settle-decision.ts';
import { alwaysPending } from '../always-pending.ts';
import { type Draws, drawsOf } from './draws.ts';
import { LogStore, type StoredChange } from './log-store.ts';
import { type Counted, type Law, simulate } from './simulate.ts';

/** What is simulated; a control leaves something out. */
export interface DecisionBuild {
  locksLog: boolean;
  /** Whether a decision looks at what the proposal is by then. */
  comparesAndSets: boolean;
  /** Whether a decision names what was shown. */
  namesHash: boolean;
}
export const DECISIONS: DecisionBuild = { locksLog: true, comparesAndSets: true, namesHash: true };

/**
 * Two to five devices decide one proposal, their statements interleaved by chance, again where an answer is lost, while a newer
 * plan supersedes it or its parameters change. It is decided once at most and then has its effect once, which is what
 * whoever approved it was shown; and everybody else is told what holds instead.
 */
export function simulateDecisions(seed: number, count: number, build = DECISIONS): Promise<Counted> {
  return simulate(decisionLaw(build), seed, count);
}

type Event =
  | { kind: 'decide'; approves: boolean; title: string | null; feedback: string | null; tries: number }
  | { kind: 'supersede' | 'change' };

const NOW = new Date('2026-03-01T10:00:00.000Z');
const SHOWN = { title: 'Buy milk' };
const PENDING: JsonObject = {
  ...{ missionId: 'm1', iterationId: 'm1-1', rationale: 'because', summary: 'Create a task', appId: 'todo' },
  ...{ toolName: 'create_task', params: SHOWN, status: 'pending', expiresAt: '2026-03-02T00:00:00.000Z' },
  hash: actionHash('create_task', SHOWN),
};

function decisionLaw(build: DecisionBuild): Law<{ turns: number }, Event> {
  return {
    name: 'decisions',
    draw: (draws) => ({
      setup: { turns: draws.below(2 ** 31) },
      events: Array.from({ length: 2 + draws.below(4) }, () => drawEvent(draws)),
    }),
    async judge({ setup, events }, count) {
      const store = new LogStore(build.locksLog);
      store.log.push({ ...proposalChange('insert', PENDING), id: 'e0', clientId: 'server' });
      const told: Told[] = [];
      const running = events.map((event, index) => {
        count(event.kind);
        return event.kind === 'decide'
          ? decide(store, build, { event, index, told })
          : store.transaction((tx) => alter(tx, event.kind));
      });
      const ended = Promise.allSettled(running);
      await store.play(drawsOf(setup.turns));
      const failed = (await ended).find((one) => one.status === 'rejected');
      if (failed) return `a session fails: ${failed.reason}`;
      return whyUnlawful(store, events, told);
    },
  };
}

function drawEvent(draws: Draws): Event {
  if (draws.percent(12)) return { kind: draws.pick(['supersede', 'change']) };
  const approves = draws.percent(70);
  const title = approves && draws.percent(20) ? 'Buy bread' : null;
  return {
    kind: 'decide',
    approves,
    title,
    feedback: draws.percent(20) ? 'good' : null,
    tries: draws.percent(30) ? 2 : 1,
  };
}

interface Told {
  device: number;
  /** Null: the decision stands. */
  conflict: DecisionConflict | null;
}

async function decide(
  store: LogStore,
  build: DecisionBuild,
  { event, index, told }: { event: Extract<Event, { kind: 'decide' }>; index: number; told: Told[] },
): Promise<void> {
  const decision = {
    decision: event.approves ? ('approve' as const) : ('reject' as const),
    ...(build.namesHash ? { hash: String(PENDING.hash) } : {}),
    ...(event.title === null ? {} : { params: { title: event.title } }),
    ...(event.feedback === null ? {} : { feedback: event.feedback }),
  };
  const pushed = { kind: 'decision' as const, proposalId: 'p1', eventId: `d${index}`, decision };
  const deps = { registry: defaultRegistry, userId: 'u1', now: NOW };
  for (let n = 0; n < event.tries; n++) {
    const conflict = await store.transaction(async (tx) => {
      // As a push does, before it looks at anything.
      if (build.locksLog) await tx.query(sql`select lock_log()`);
      return settleDecision(build.comparesAndSets ? tx : alwaysPending(tx), deps, `c${index}`, pushed);
    });
    told.push({ device: index, conflict });
  }
}

/** A newer plan, or a writer who changes what would run. */
async function alter(tx: Transaction, kind: 'supersede' | 'change'): Promise<void> {
  await tx.query(sql`select lock_log()`);
  const proposal = await readRecord(tx, 'ai', 'aiProposals', 'p1');
  if (proposal?.data.status !== 'pending') return;
  const params = { title: 'Sell the house' };
  const changed: JsonObject =
    kind === 'supersede' ? { status: 'superseded' } : { params, hash: actionHash('create_task', params) };
  await appendChanges(tx, 'u1', [proposalChange('update', changed)]);
}

function proposalChange(op: 'insert' | 'update', data: JsonObject) {
  return { appId: 'ai', tableName: 'aiProposals', recordId: 'p1', op, data, actor: MISSION_RUNNER };
}

function whyUnlawful(store: LogStore, events: readonly Event[], told: readonly Told[]): string | null {
  const isDecision = ({ tableName, actor }: StoredChange) => tableName === 'aiProposals' && actor.kind === 'user';
  const decisions = store.log.filter(isDecision);
  const effects = store.log.filter(({ actor }) => actor.kind === 'ai');
  const [decision] = decisions;
  if (decisions.length > 1) return `decided ${decisions.length} times`;
  const isApproved = decision?.data.status === 'approved';
  if (effects.length !== (isApproved ? 1 : 0)) return `${effects.length} effects of what is ${decision?.data.status}`;
  if (decision && store.log.some(({ data }, at) => data.status === 'superseded' && at < store.log.indexOf(decision)))
    return 'decided after it was superseded';
  for (const { device, conflict } of told) {
    const stands = decision?.id === `d${device}`;
    if (stands !== (conflict === null)) return `device ${device} is told ${JSON.stringify(conflict)}`;
    const isTold =
      conflict?.reason === 'proposal_changed' ||
      conflict?.decision?.status === store.record('aiProposals', 'p1')?.status;
    if (!stands && !isTold) return `device ${device} is not told what holds: ${JSON.stringify(conflict)}`;
  }
  const by = decision && events[Number(decision.id.slice(1))];
  const approved = by?.kind === 'decide' && by.title !== null ? by.title : SHOWN.title;
  if (isApproved && effects[0]?.data.title !== approved)
    return `what runs is ${effects[0]?.data.title}, and not ${approved}`;
  return null;
}
