import type { Logger } from 'pino';
import { sql } from 'drizzle-orm';
import { type Database, type Listener, RUNNER_SESSION } from '../database/database.ts';
import { type Claim, claimMissions, extendClaims, nextDueAt, releaseClaim } from './claim.ts';
import { Interrupted, type PlanMissionDeps, type PlanResult, planMission, retryLater } from './plan-mission.ts';

export interface RunnerOptions extends PlanMissionDeps {
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

/** What one sweep found and did; the answer of POST /internal/tick. */
export interface SweepReport {
  scannedAt: string;
  dueMissionCount: number;
  plansProduced: number;
  plansWrittenBack: number;
  parseFailures: number;
  errors: number;
}

export interface Runner {
  start(): Promise<void>;
  /** Looks at once and waits for the plans that it began. */
  sweep(): Promise<SweepReport>;
  listening(): boolean;
  /** No new claims; plans in flight finish or are handed back. */
  stop(): Promise<void>;
}

interface ActivePlan {
  claim: Claim;
  abort: AbortController;
  done: Promise<PlanResult | { result: 'error' }>;
}

/** Claims missions that want a plan and plans them: on each notification, each connection, each due time, each sweep. */
export function createRunner(options: RunnerOptions): Runner {
  const { db, clock, log } = options;
  const active = new Map<string, ActivePlan>();
  let listener: Listener | null = null;
  let stopping = false;
  let draining: Promise<Claim[]> | null = null;
  let drainAgain = false;
  let cancelDue = () => {};
  let cancelSweep = () => {};
  let cancelHeartbeat = () => {};
  let failures = 0;

  function wake(): void {
    void drain();
  }

  /** Claims until nothing is left or no slot is free. Calls that come meanwhile make it look once more. */
  function drain(): Promise<Claim[]> {
    if (draining) {
      drainAgain = true;
      return draining;
    }
    draining = drainOnce().finally(() => {
      draining = null;
      if (drainAgain && !stopping) {
        drainAgain = false;
        wake();
      }
    });
    return draining;
  }

  async function drainOnce(): Promise<Claim[]> {
    const begun: Claim[] = [];
    cancelDue();
    try {
      while (!stopping) {
        const limit = options.concurrency - active.size;
        const held = [...active.keys()];
        const claims = await claimMissions(db, {
          runner: options.name,
          limit,
          leaseMs: options.leaseMs,
          perUser: options.perUser,
          now: clock.databaseNow(),
        });
        claims.forEach(begin);
        begun.push(...claims);
        // Whoever was notified of an edit may hold the edited mission: its call is cut short and planned anew.
        if (held.length > 0) await heartbeat(held);
        if (limit <= 0 || claims.length < limit) break;
      }
      if (!stopping) await setDueTimer();
      failures = 0;
    } catch (error) {
      failures += 1;
      log.warn({ err: error }, 'could not look for missions to plan; trying again');
      cancelDue = clock.after(Math.min(250 * 2 ** failures, 10_000) * (0.5 + options.random() / 2), wake);
    }
    return begun;
  }

  async function setDueTimer(): Promise<void> {
    const at = await nextDueAt(db);
    cancelDue();
    // A lease that this process extends is due later than it says: the heartbeat moves it on in time.
    if (at) cancelDue = clock.after(Math.max(at.getTime() - clock.now().getTime(), 5), wake);
  }

  function begin(claim: Claim): void {
    const abort = new AbortController();
    const done = finish(claim, abort.signal);
    active.set(claim.token, { claim, abort, done });
    if (active.size === 1) scheduleHeartbeat();
    void done.then(() => {
      active.delete(claim.token);
      if (active.size === 0) cancelHeartbeat();
      if (!stopping) wake();
    });
  }

  async function finish(claim: Claim, signal: AbortSignal): Promise<PlanResult | { result: 'error' }> {
    const about = { missionId: claim.missionId, want: claim.want, attempt: claim.attempt };
    try {
      const result = await planMission(options, claim, signal);
      log.info({ ...about, ...result }, 'mission planned');
      return result;
    } catch (error) {
      return handBack(claim, signal.aborted ? signal.reason : error, about);
    }
  }

  async function handBack(claim: Claim, error: unknown, about: object): Promise<PlanResult | { result: 'error' }> {
    try {
      if (error instanceof Interrupted) {
        log.info({ ...about, cause: error.cause }, 'planning interrupted');
        await releaseClaim(db, claim, { forgetAttempt: true });
        return { result: 'handed_back' };
      }
      log.error({ ...about, err: error }, 'planning failed unexpectedly; it goes again later');
      await retryLater(options, claim);
    } catch (releaseError) {
      log.warn({ ...about, err: releaseError }, 'could not hand a claim back; its lease will lapse');
    }
    return { result: 'error' };
  }

  function scheduleHeartbeat(): void {
    cancelHeartbeat();
    cancelHeartbeat = clock.after(options.leaseMs / 3, async () => {
      try {
        await heartbeat([...active.keys()]);
      } catch (error) {
        log.warn({ err: error }, 'could not extend the leases; trying again');
      }
      if (active.size > 0) scheduleHeartbeat();
    });
  }

  async function heartbeat(tokens: string[]): Promise<void> {
    const standing = await extendClaims(db, tokens, options.leaseMs, clock.databaseNow());
    for (const token of tokens) {
      if (!standing.has(token)) active.get(token)?.abort.abort(new Interrupted('claim_lost'));
    }
  }

  function scheduleSweep(): void {
    cancelSweep = clock.after(options.sweepMs * (0.9 + options.random() / 5), async () => {
      await expireProposals();
      wake();
      if (!stopping) scheduleSweep();
    });
  }

  async function expireProposals(): Promise<void> {
    try {
      const now = clock.databaseNow();
      const users = await db.run<{ userId: string }>(
        RUNNER_SESSION,
        sql`select users_with_expired_proposals as "userId" from users_with_expired_proposals(100, ${now})`,
      );
      for (const { userId } of users) await db.run(RUNNER_SESSION, sql`select expire_proposals(${userId}, ${now})`);
    } catch (error) {
      log.warn({ err: error }, 'could not expire proposals; the next sweep will');
    }
  }

  return {
    async start() {
      listener = await db.listen(['mission_wake'], {
        onNotify: wake,
        onConnected: wake,
        onError: (error) => log.warn({ err: error }, 'listener: reconnecting'),
      });
      scheduleSweep();
      wake();
    },

    async sweep() {
      const scannedAt = clock.now().toISOString();
      await expireProposals();
      const seen = new Map<string, ActivePlan>();
      // Plans begun by a notification a moment ago count too: whoever asks wants to know what became of what was due.
      let claims = await drain();
      while (claims.length > 0 || active.size > 0) {
        const running = [...active.values()].filter(({ claim }) => !seen.has(claim.token));
        for (const plan of running) seen.set(plan.claim.token, plan);
        if (running.length === 0) break;
        await Promise.all(running.map(({ done }) => done));
        claims = await drain();
      }
      const results = await Promise.all([...seen.values()].map(({ done }) => done));
      return report(scannedAt, results);
    },

    listening: () => listener?.connected() ?? false,

    async stop() {
      stopping = true;
      cancelDue();
      cancelSweep();
      await listener?.close();
      await draining;
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

const PARSE_FAILURES = new Set([
  'reply_not_json',
  'reply_shape',
  'no_steps',
  'too_many_steps',
  'rationale_missing',
  'unknown_tool',
  'denied_tool',
  'invalid_params',
]);

function report(scannedAt: string, results: (PlanResult | { result: 'error' })[]): SweepReport {
  const reasons = results.map((result) => ('reason' in result ? result.reason : null));
  const planned = results.filter(({ result }) => result === 'planned').length;
  const parseFailures = reasons.filter((reason) => reason !== null && PARSE_FAILURES.has(reason)).length;
  return {
    scannedAt,
    dueMissionCount: results.length,
    plansProduced: planned + results.filter(({ result }) => result === 'handed_back' || result === 'lost').length,
    plansWrittenBack: planned,
    parseFailures,
    errors: results.filter(({ result }) => result === 'error').length + reasons.filter((r) => r !== null).length - parseFailures,
  };
}
