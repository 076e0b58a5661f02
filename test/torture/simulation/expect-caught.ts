import { expect } from 'vitest';
import { LawBroken } from '../../../torture/simulation/simulate.ts';

/** Asserts that a simulation of a broken build finds a history that breaks its law in this way, and answers with it. */
export async function expectCaught(simulation: Promise<unknown>, message: RegExp): Promise<LawBroken> {
  const outcome = await simulation.catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(LawBroken);
  expect((outcome as LawBroken).message).toMatch(message);
  return outcome as LawBroken;
}
