import type { Budget, Cap } from '../../src/core/planning/budget.ts';

/** What the database's functions do to a user's budget, as one step after the other, without a database. */
export interface BudgetModel {
  /** The claim's reservation; the cap that does not allow it. */
  claim(mission: number): 'reserved' | 'claimed already' | Cap;
  /** Another or a larger call under the claim. */
  reserve(mission: number, tokens: number): 'reserved' | 'claim_lost' | Cap;
  /** The answer; null: it does not say what it cost. */
  settle(mission: number, tokens: number | null): boolean;
  /** Gives the claim back, with a call under way or without. */
  release(mission: number, isPaid: boolean): boolean;
  /** The runner died: the lease is over. */
  lapse(mission: number): void;
  nextDay(): void;
  userTotals(): { calls: number; tokens: number; reservedCalls: number; reserved: number };
  missionTotals(mission: number): { spent: number; reserved: number };
}

interface MissionState {
  day: number;
  spent: number;
  reserved: number;
  isClaimed: boolean;
}

/** `isChecked`: false for the negative control, which reserves without looking at what others have reserved. */
export function createBudgetModel(budget: Budget, missions: number, isChecked = true): BudgetModel {
  let today = 0;
  const user = { day: 0, calls: 0, tokens: 0 };
  const states = Array.from(
    { length: missions },
    (): MissionState => ({ day: 0, spent: 0, reserved: 0, isClaimed: false }),
  );
  const at = (mission: number): MissionState => {
    const state = states[mission];
    if (!state) throw new Error(`no mission ${mission}`);
    return state;
  };
  const counts = (state: MissionState) => state.reserved > 0 && (state.isClaimed || state.day === today);
  const spentToday = (state: MissionState) => (state.day === today ? state.spent : 0);

  function take(state: MissionState, tokens: number): 'reserved' | Cap {
    if (user.day < today) Object.assign(user, { day: today, calls: 0, tokens: 0 });
    // What a dead runner has reserved is charged to the day that it was reserved on.
    if (state.day === today && state.reserved > 0) {
      user.calls += 1;
      user.tokens += state.reserved;
      state.spent += state.reserved;
    }
    Object.assign(state, { spent: spentToday(state), day: today, reserved: 0 });
    const others = states.filter((other) => other !== state && isChecked && counts(other));
    const reserved = others.reduce((sum, other) => sum + other.reserved, 0);
    if (state.spent + tokens > budget.missionTokens) return 'missionTokens';
    if (user.calls + others.length + 1 > budget.userCalls) return 'userCalls';
    if (user.tokens + reserved + tokens > budget.userTokens) return 'userTokens';
    state.reserved = tokens;
    return 'reserved';
  }

  return {
    claim(mission) {
      const state = at(mission);
      if (state.isClaimed) return 'claimed already';
      const outcome = take(state, budget.call);
      state.isClaimed = outcome === 'reserved';
      return outcome;
    },
    reserve(mission, tokens) {
      const state = at(mission);
      if (!state.isClaimed) return 'claim_lost';
      state.reserved = 0;
      const outcome = take(state, tokens);
      if (outcome !== 'reserved') state.isClaimed = false;
      return outcome;
    },
    settle(mission, tokens) {
      const state = at(mission);
      if (!state.isClaimed) return false;
      if (state.reserved === 0 && tokens === null) return true;
      const cost = tokens ?? state.reserved;
      user.calls += 1;
      user.tokens += cost;
      state.spent += cost;
      state.reserved = 0;
      return true;
    },
    release(mission, isPaid) {
      const state = at(mission);
      if (!state.isClaimed) return false;
      if (isPaid && state.reserved > 0) this.settle(mission, null);
      Object.assign(state, { reserved: 0, isClaimed: false });
      return true;
    },
    lapse(mission) {
      at(mission).isClaimed = false;
    },
    nextDay() {
      today += 1;
    },
    userTotals() {
      const reserving = states.filter(counts);
      return {
        calls: user.day === today ? user.calls : 0,
        tokens: user.day === today ? user.tokens : 0,
        reservedCalls: reserving.length,
        reserved: reserving.reduce((sum, { reserved }) => sum + reserved, 0),
      };
    },
    missionTotals(mission) {
      const state = at(mission);
      return { spent: spentToday(state), reserved: counts(state) ? state.reserved : 0 };
    },
  };
}
