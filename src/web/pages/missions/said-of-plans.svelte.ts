import { untrack } from 'svelte';
import type { Replica } from '../../replica/open-replica.ts';
import { session } from '../../session/session.svelte.ts';
import { now } from '../../state/now.svelte.ts';
import type { WaitingPlan } from './waiting-plan.ts';

/** Which cap keeps a plan waiting, and until when if nobody raises it. */
export interface HeldPlan {
  cap: 'userCalls' | 'userTokens' | 'missionTokens' | 'ownTokens';
  limit: number;
  spent: number;
  reserved: number;
  needs: number;
  until: string;
}

/** What the service says of a mission that a plan is wanted of. */
export interface Said {
  planning: 'idle' | 'queued' | 'planning' | 'retrying' | 'held';
  held?: HeldPlan | null;
  /** When the model last had no answer, and when it is asked again; null: as soon as it answers a test. */
  modelFault?: { at: string; retryAt: string | null } | null;
}

type Answered = Said & { id: string };

interface Kept {
  replica: Replica | null;
  /** By mission. */
  plans: ReadonlyMap<string, { key: string; said: Said }>;
}

/** As `--patience`: until then nothing is shown, and the answer would keep the plan itself waiting. */
const PATIENCE_MS = 300;

/**
 * What the service last said of the plans that wait: the records say that one is wanted, and only the service how far it is.
 * It may also know that none is: a write that left everything as it was looks like a want. (Of a field the replica
 * holds the newest write alone, and neither what stood there before nor, of an iteration, more than the position that it saw.)
 *
 * Of each want by itself, so that an answer outlives a lost connection and no edit. In memory only, and of one replica.
 */
class SaidOfPlans {
  #kept = $state.raw<Kept>({ replica: null, plans: new Map() });

  /** Undefined: it was not asked, or had no answer. */
  of(plan: WaitingPlan | null): Said | undefined {
    const { replica, plans } = this.#kept;
    const known = plan && session.replica === replica ? plans.get(plan.missionId) : undefined;
    return known?.key === plan?.key ? known?.said : undefined;
  }

  /** The cap that holds a plan now. */
  heldBy(plan: WaitingPlan | null): HeldPlan | null {
    const held = this.of(plan)?.held;
    return held && new Date(held.until) > now() ? held : null;
  }

  /** Asks of each of these plans, and again as time passes while it may change. To be called while a component is set up. */
  ask(plans: () => readonly WaitingPlan[], path: () => string): void {
    const waiting = $derived(plans().filter(({ isSent }) => isSent));
    const names = $derived(waiting.map(({ missionId, key }) => `${missionId} ${key}`).join());
    const isConnected = $derived(session.sync.name === 'live' || session.sync.name === 'pushing');
    $effect(() => {
      now();
      if (names === '' || !isConnected) return;
      if (untrack(() => waiting.every((plan) => this.#isSettled(plan)))) return;
      let isCurrent = true;
      const timer = setTimeout(async () => {
        const answer = await session.ask<Answered | { missions: Answered[] }>(path());
        if (!isCurrent || !answer.ok) return;
        this.#keep(waiting, 'missions' in answer.body ? answer.body.missions : [answer.body]);
      }, PATIENCE_MS);
      return () => {
        isCurrent = false;
        clearTimeout(timer);
      };
    });
  }

  /** What is held or unwanted stays so for as long as nothing reaches the log; the service's clock may be behind this one. */
  #isSettled(plan: WaitingPlan): boolean {
    return this.heldBy(plan) !== null || (plan.reason !== 'due' && this.of(plan)?.planning === 'idle');
  }

  #keep(plans: readonly WaitingPlan[], answers: Answered[]): void {
    const { replica } = session;
    const kept = new Map(replica === this.#kept.replica ? this.#kept.plans : []);
    for (const { missionId, key } of plans) {
      const said = answers.find(({ id }) => id === missionId);
      if (said) kept.set(missionId, { key, said });
    }
    this.#kept = { replica, plans: kept };
  }
}

export const saidOfPlans = new SaidOfPlans();
