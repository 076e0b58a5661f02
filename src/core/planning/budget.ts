/** The caps on calls of a model for a day (UTC), and what one call may take; the keys are those of `weigh_calls`. */
export interface Budget {
  /** Tokens that are reserved for the first call of a plan, with the claim. */
  call: number;
  userCalls: number;
  userTokens: number;
  missionTokens: number;
}

/** A cap, and who sets it: `ownTokens` the person, in the mission (`dailyTokens`); the others whoever runs the service. */
export type Cap = 'userCalls' | 'userTokens' | 'missionTokens' | 'ownTokens';

/** Why a mission is held: what its next call needs does not fit under the cap beside what is spent and reserved. */
export interface Held {
  cap: Cap;
  limit: number;
  spent: number;
  reserved: number;
  needs: number;
}

/**
 * What the first prompt of a plan may take in bytes without a reservation of its own. One with nothing linked takes 9 kB;
 * a longer one is reserved for by one more round trip before it is sent.
 */
export const FIRST_PROMPT_BYTES = 32_768;

/** Tokens that a call takes at most: a token stands for a byte or more, and the answer is cut off by the server. */
export function callTokens(promptBytes: number, maxOutputTokens: number): number {
  return promptBytes + maxOutputTokens;
}
