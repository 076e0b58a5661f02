import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { reachMilestone } from '../reach-milestone.ts';
import { groupByUser, type Recorded, recordPlans, type WriteBack } from './record-plans.ts';

/** Writes back what is finished. */
export interface Recorder {
  record(written: WriteBack): Promise<Recorded>;
}

/** How many a transaction writes at most: as long as it takes, the logs of all their users are locked. */
const MOST_TOGETHER = 50;

/** Transactions of several users at a time. */
const MOST_AT_A_TIME = 2;

interface Finished extends WriteBack {
  settle(outcome: Recorded | Promise<never>): void;
}

/**
 * Group commit: plans that are finished at the same moment are written back by one transaction, and those that come
 * meanwhile by the next. None waits for one that is still being thought about, nor for another user's log that somebody
 * has locked, and none fails with another: what could not be written together is written apart.
 */
export function createRecorder(db: Database, clock: Clock): Recorder {
  let finished: Finished[] = [];
  /** Whose plans are being written: a second transaction could only wait for the first. */
  const busy = new Set<string>();
  let transactions = 0;
  let isScheduled = false;

  /** In the next turn of the event loop: whatever else is finished in this one comes along. */
  function schedule(): void {
    if (!isScheduled) setImmediate(begin);
    isScheduled = true;
  }

  function begin(): void {
    isScheduled = false;
    while (transactions < MOST_AT_A_TIME) {
      const together = finished.filter(({ claim }) => !busy.has(claim.userId)).slice(0, MOST_TOGETHER);
      if (together.length === 0) return;
      const taken = new Set(together);
      finished = finished.filter((one) => !taken.has(one));
      void writeTogether(groupByUser(together));
    }
  }

  async function writeTogether(users: Map<string, Finished[]>): Promise<void> {
    for (const userId of users.keys()) busy.add(userId);
    let left = new Set([...users.values()].flat());
    if (users.size > 1) {
      transactions += 1;
      left = await write([...left]).catch(() => left); // whose fault it was shows below
      transactions -= 1;
    }
    for (const [userId, plans] of users) {
      void writeApart(plans.filter((one) => left.has(one))).then(() => {
        busy.delete(userId);
        schedule();
      });
    }
  }

  /** Of one user, whose log is waited for: this holds up nobody else, so it does not count as one of the transactions. */
  async function writeApart(plans: Finished[]): Promise<void> {
    if (plans.length === 0) return;
    try {
      await write(plans);
    } catch (error) {
      if (plans.length === 1) plans[0]?.settle(Promise.reject(error));
      else for (const one of plans) await writeApart([one]);
    }
  }

  /** One transaction. Returns those that it passed over. */
  async function write(plans: Finished[]): Promise<Set<Finished>> {
    reachMilestone('plans_before_commit');
    const outcomes = await recordPlans(db, plans, clock.databaseNow());
    reachMilestone('plans_committed');
    const left = new Set<Finished>();
    plans.forEach((one, index) => {
      const outcome = outcomes[index];
      if (!outcome || outcome === 'log_locked') left.add(one);
      else one.settle(outcome);
    });
    return left;
  }

  return {
    record: (written) =>
      new Promise((resolve) => {
        finished.push({ ...written, settle: resolve });
        schedule();
      }),
  };
}
