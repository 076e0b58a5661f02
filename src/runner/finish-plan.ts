import type { Logger } from 'pino';
import { describeError } from '../describe-error.ts';
import { type Claim, closeWant, releaseClaim } from './claim.ts';
import {
  type CallState,
  Interrupted,
  nextRunOf,
  type PlanMissionDeps,
  planMission,
  retryLater,
} from './plan-mission.ts';
import type { FinishedPlan } from './sweep-report.ts';

/** What is told of a plan in the logs of the service. */
interface About {
  missionId: string;
  want: number;
  attempt: number;
}

/**
 * Plans a claim to its end, whatever that is: recorded, tried again later, or handed back. Never throws. What cannot even be
 * handed back lapses with its lease.
 */
export function createFinisher(
  deps: PlanMissionDeps & { log: Logger },
): (claim: Claim, signal: AbortSignal) => Promise<FinishedPlan> {
  const { db, clock, log, breaker, metrics } = deps;

  async function handBack(claim: Claim, error: unknown, about: About, isPaid: boolean): Promise<FinishedPlan> {
    try {
      if (error instanceof Interrupted && error.cause === 'held') {
        log.info(about, 'mission held by a cap');
        return { result: 'held' };
      }
      if (error instanceof Interrupted) {
        log.info({ ...about, cause: error.cause }, 'planning interrupted');
        await releaseClaim(db, claim, { forgetAttempt: true, isPaid });
        return { result: 'handed_back' };
      }
      // Beyond the last attempt only a failure was to be recorded, and not even that could be.
      const isOver = claim.attempt > deps.maxAttempts;
      log.error({ ...about, isOver, failure: describeError(error) }, 'planning failed unexpectedly');
      if (isOver) await closeWant(db, claim, nextRunOf(claim, clock.now()));
      else await retryLater(deps, claim, { isPaid });
    } catch (releaseError) {
      log.warn({ ...about, failure: describeError(releaseError) }, 'could not hand a claim back; its lease will lapse');
    }
    return { result: 'error' };
  }

  return async (claim, signal) => {
    const about = { missionId: claim.missionId, want: claim.want, attempt: claim.attempt };
    const startedAt = performance.now();
    const call: CallState = { isUnderWay: false };
    const downBefore = breaker.downSince();
    const finished = await planMission(deps, claim, signal, call).then(
      (result) => {
        log.info({ ...about, ...result }, 'mission planned');
        return result;
      },
      (error: unknown) => handBack(claim, signal.aborted ? signal.reason : error, about, call.isUnderWay),
    );
    const downAfter = breaker.downSince();
    if (downAfter && !downBefore)
      log.warn({ since: downAfter }, 'the model server does not answer; calls stop for now');
    if (downBefore && !downAfter) log.info('the model server answers again');
    metrics?.finished(finished, (performance.now() - startedAt) / 1_000);
    return finished;
  };
}
