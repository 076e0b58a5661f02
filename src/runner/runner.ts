import type { Logger } from 'pino';
import type { Listener } from '../database/database.ts';
import { describeError } from '../describe-error.ts';
import { reachMilestone } from '../reach-milestone.ts';
import { createBreaker } from './breaker.ts';
import { type Claim, claimMissions, extendClaims, nextDueAt, resumeRaised } from './claim.ts';
import { expireProposals } from './expire-proposals.ts';
import { createFinisher } from './finish-plan.ts';
import { Interrupted, type PlanMissionDeps } from './plan-mission.ts';
import { createRecorder } from './recorder.ts';
import { type FinishedPlan, type SweepReport, sweepReport } from './sweep-report.ts';

export interface RunnerOptions extends Omit<PlanMissionDeps, 'recorder' | 'breaker'> {
  log: Logger;
  /** Names this process in a claim. */
  name: string;
  /** Missions planned at a time by this process. */
  concurrency: number;
  /** Missions of one user planned at a time, over all processes. */
  perUser: number;
  leaseMs: number;
  /** How often to look without having been told: the notification is a hint, and hints get lost. */
  sweepMs: number;
  /** How long a stop waits for plans in flight before it hands them back. */
  stopGraceMs: number;
}

export interface Runner {
  start(): Promise<void>;
  /** Looks at once and waits for the plans in flight, a minute at most. */
  sweep(): Promise<SweepReport>;
  listening(): boolean;
  /** Since when the model server does not answer, so that no calls are made but one at a time to test it; null: it does. */
  modelDownSince(): Date | null;
  /** No new claims; plans in flight finish or are handed back. */
  stop(): Promise<void>;
}

interface ActivePlan {
  claim: Claim;
  abort: AbortController;
  done: Promise<void>;
  /** What it came to, once it is done. */
  result: FinishedPlan | null;
}

/** How long a sweep waits for the plans in flight; what takes longer goes on, and is not in its report. */
const SWEEP_WAIT_MS = 60_000;

/** How soon to look again at a due mission that somebody else has locked. */
const LOCKED_MS = 250;

/** Claims missions that want a plan and plans them: on each notification, each connection, each due time, each sweep. */
export function createRunner(options: RunnerOptions): Runner {
  const { db, clock, log } = options;
  const recorder = createRecorder(db, clock);
  const breaker = createBreaker(clock, options.random);
  const finish = createFinisher({ ...options, recorder, breaker });
  const active = new Map<string, ActivePlan>();
  /** The plans of each sweep under way: whatever is in flight during it, whoever began it. */
  const sweeps = new Set<Set<ActivePlan>>();
  let listener: Listener | null = null;
  /** Until it is started, and once it stops, it looks only when it is told to. */
  let running = false;
  let stopping = false;
  let draining: Promise<void> | null = null;
  let nextDrain: Promise<void> | null = null;
  /** Somebody has edited something since the last look; it may be what is being planned. */
  let isTold = false;
  let isFollowing = false;
  let cancelDue = () => {};
  let cancelSweep = () => {};
  let cancelHeartbeat = () => {};
  let failures = 0;

  function wake(): void {
    isTold = true;
    void drain();
  }

  /** Looks again in the next turn of the event loop: plans that were written back together make room together. */
  function followOn(): void {
    if (isFollowing) return;
    isFollowing = true;
    setImmediate(() => {
      isFollowing = false;
      void drain();
    });
  }

  /**
   * Claims until nothing is left or no slot is free. It always ends with a look that began after the call: calls that
   * come during one share the next.
   */
  function drain(): Promise<void> {
    if (!draining) {
      draining = drainOnce().finally(() => {
        draining = null;
      });
      return draining;
    }
    nextDrain ??= draining.then(() => {
      nextDrain = null;
      return drain();
    });
    return nextDrain;
  }

  async function drainOnce(): Promise<void> {
    // Whoever was notified of an edit may hold the edited mission: its call is cut short and planned anew. Not for what
    // this drain claims, which is read after that edit: its write-back would wait for it.
    let held = isTold ? [...active.keys()] : [];
    isTold = false;
    const beat = () => {
      if (held.length > 0) void heartbeat(held);
      held = [];
    };
    try {
      // Fewer than asked for may only mean that a user is at the bound: look on until nothing comes.
      for (let claimed = 1; claimed > 0 && !stopping; ) {
        const limit = Math.min(options.concurrency - active.size, breaker.room());
        if (limit <= 0) break;
        const claims = await claimMissions(db, {
          runner: options.name,
          limit,
          leaseMs: options.leaseMs,
          perUser: options.perUser,
          now: clock.databaseNow(),
          budget: options.budget,
        });
        const free = claims.filter(({ held }) => !held);
        options.metrics?.claimed(free);
        breaker.began(free.length);
        if (free.length > 0) reachMilestone('claimed');
        for (const claim of free) begin(claim);
        for (const { missionId, held } of claims) if (held) log.info({ missionId, ...held }, 'mission held by a cap');
        claimed = claims.length;
        beat();
      }
      beat();
      // With no room left, the next plan that ends makes it look again.
      if (running && active.size < options.concurrency) await setDueTimer();
      failures = 0;
    } catch (error) {
      failures += 1;
      log.warn({ failure: describeError(error) }, 'could not look for missions to plan; trying again');
      if (running) cancelDue = clock.after(Math.min(250 * 2 ** failures, 10_000) * (0.5 + options.random() / 2), wake);
    }
  }

  async function setDueTimer(): Promise<void> {
    const isDown = breaker.downSince() !== null;
    // While the model server is down nothing is claimed, so that what is due stays due: only the next look at it counts.
    const at = isDown ? breaker.probeAt() : await nextDueAt(db);
    cancelDue();
    if (!at) return;
    // What is overdue although we have just looked is locked by somebody's open transaction: no need to hurry.
    const wait = at.getTime() - clock.now().getTime();
    cancelDue = clock.after(wait > 0 ? wait : LOCKED_MS, wake);
  }

  function begin(claim: Claim): void {
    const abort = new AbortController();
    const done = finish(claim, abort.signal).then((result) => {
      plan.result = result;
      active.delete(claim.token);
      breaker.ended();
      if (active.size === 0) cancelHeartbeat();
      if (running) followOn();
    });
    const plan: ActivePlan = { claim, abort, done, result: null };
    active.set(claim.token, plan);
    for (const plans of sweeps) plans.add(plan);
    if (active.size === 1) scheduleHeartbeat();
  }

  function scheduleHeartbeat(): void {
    cancelHeartbeat();
    cancelHeartbeat = clock.after(options.leaseMs / 3, async () => {
      await heartbeat([...active.keys()]);
      if (active.size > 0) scheduleHeartbeat();
    });
  }

  /** Extends the leases; a plan whose claim no longer stands is cut short. */
  async function heartbeat(tokens: string[]): Promise<void> {
    try {
      const standing = await extendClaims(db, tokens, options.leaseMs, clock.databaseNow());
      for (const token of tokens) {
        if (!standing.has(token)) active.get(token)?.abort.abort(new Interrupted('claim_lost'));
      }
    } catch (error) {
      log.warn({ failure: describeError(error) }, 'could not extend the leases; trying again');
    }
  }

  /** What a cap holds that was raised, or that waited for calls in flight. What fails here is done by the next sweep. */
  async function resume(): Promise<void> {
    try {
      if (options.budget) await resumeRaised(db, options.budget);
    } catch (error) {
      log.warn({ failure: describeError(error) }, 'could not resume what caps hold; the next sweep will');
    }
  }

  function scheduleSweep(): void {
    cancelSweep = clock.after(options.sweepMs * (0.9 + options.random() / 5), async () => {
      await expireProposals(db, clock, log);
      await resume();
      wake();
      if (running) scheduleSweep();
    });
  }

  return {
    async start() {
      running = true;
      listener = await db.listen(['mission_wake'], {
        onNotify: wake,
        onConnected: wake,
        onError: (error) => log.warn({ failure: describeError(error) }, 'listener: reconnecting'),
      });
      scheduleSweep();
      wake();
      void resume().then(wake);
    },

    async sweep() {
      isTold = true;
      const scannedAt = clock.now().toISOString();
      const plans = new Set(active.values());
      sweeps.add(plans);
      await expireProposals(db, clock, log);
      await resume();
      const everyone = async () => {
        for (let before = -1; before < plans.size; ) {
          before = plans.size;
          await drain();
          await Promise.all([...plans].map(({ done }) => done));
        }
      };
      let cancel = () => {};
      const timeIsUp = new Promise<void>((resolve) => {
        cancel = clock.after(SWEEP_WAIT_MS, resolve);
      });
      await Promise.race([everyone(), timeIsUp]);
      cancel();
      sweeps.delete(plans);
      const finished = [...plans].flatMap(({ result }) => result ?? []);
      return sweepReport(scannedAt, plans.size, finished);
    },

    listening: () => listener?.connected() ?? false,
    modelDownSince: () => breaker.downSince(),

    async stop() {
      running = false;
      stopping = true;
      cancelDue();
      cancelSweep();
      await listener?.close();
      await (nextDrain ?? draining);
      const plans = [...active.values()];
      let cancelGrace = () => {};
      const graceOver = new Promise<void>((resolve) => {
        cancelGrace = clock.after(options.stopGraceMs, resolve);
      });
      await Promise.race([Promise.all(plans.map(({ done }) => done)), graceOver]);
      cancelGrace();
      for (const { abort } of active.values()) abort.abort(new Interrupted('stopping'));
      await Promise.all(plans.map(({ done }) => done));
      cancelHeartbeat();
    },
  };
}
