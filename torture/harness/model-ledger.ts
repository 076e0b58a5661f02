import { setTimeout as delay } from 'node:timers/promises';
import { type ModelRequest, startModelServer } from '../../test/support/model-server.ts';
import type { LedgerCall } from '../checker/evidence.ts';
import { chanceOf } from './chance.ts';

/** A model server that plans whatever it is asked to, and keeps account of it. */
export interface ModelLedger {
  url: string;
  calls: LedgerCall[];
  /** Called when a call has come, before it is answered. */
  onCall(listener: (call: LedgerCall) => void): void;
  close(): Promise<void>;
}

/** Stands in the objective of each mission of a run, so that a prompt says whose it is. */
export const MISSION_MARK = /\[\[(.+?)\]\]/;

/** It thinks for this long at most: long enough that several calls are under way at a time. */
const LONGEST_THOUGHT_MS = 30;

export async function startModelLedger(seed: number): Promise<ModelLedger> {
  const server = await startModelServer();
  const calls: LedgerCall[] = [];
  const listeners: ((call: LedgerCall) => void)[] = [];
  server.setDefault((request) => {
    const number = calls.length + 1;
    const chance = chanceOf(seed, `call ${number}`);
    const call: LedgerCall = {
      number,
      asker: askerOf(request),
      mission: missionOf(request),
      inputTokens: 100 + chance.below(900),
      outputTokens: 10 + chance.below(90),
    };
    calls.push(call);
    for (const listener of listeners) listener(call);
    const reply = {
      plan: planOf(number, 1 + chance.below(2)),
      usage: { input: call.inputTokens, output: call.outputTokens },
    };
    return { held: delay(chance.below(LONGEST_THOUGHT_MS)), reply };
  });
  return {
    url: server.url,
    calls,
    onCall: (listener) => void listeners.push(listener),
    close: () => server.close(),
  };
}

/** By its summary a plan says which call it was the answer to. */
function planOf(number: number, steps: number) {
  return {
    summary: `answer to call ${number}`,
    steps: Array.from({ length: steps }, (_, index) => ({
      toolName: 'create_task',
      params: { title: `Step ${index + 1} of call ${number}` },
      rationale: 'The mission asks for it.',
      summary: `Step ${index + 1}`,
    })),
  };
}

/** Each runner has a key of its own. */
function askerOf({ headers }: ModelRequest): string {
  return headers.authorization?.replace('Bearer ', '') ?? 'nobody';
}

function missionOf({ body }: ModelRequest): string {
  for (const { content } of body.messages) {
    const found = MISSION_MARK.exec(JSON.stringify(content))?.[1];
    if (found) return found;
  }
  return 'unknown';
}
