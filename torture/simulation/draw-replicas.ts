import type { Draws } from './draws.ts';
import type { History } from './simulate.ts';

/** What the clocks of the devices show beside the true time, and a seed for the order of a rebuild. */
export interface ReplicasSetup {
  skews: number[];
  order: number;
}

export type ReplicaEvent =
  | { kind: 'write'; device: number; task: string; op: 'insert' | 'update' | 'delete' }
  | { kind: 'decide'; device: number; proposal: string; status: 'approved' | 'rejected' }
  | { kind: 'push'; device: number; fate: 'arrives' | 'request lost' | 'answer lost' | 'comes late' }
  /** `pages`: how many come before the connection ends. */
  | { kind: 'pull'; device: number; limit: number; pages: number }
  | { kind: 'jump'; device: number; skewMs: number }
  | { kind: 'reopen'; device: number }
  /** One that its client gave up long ago; the oldest, or one that came after it. */
  | { kind: 'late request'; nth: number }
  | { kind: 'pass'; ms: number }
  | { kind: 'restore'; lost: number };

export const PROPOSALS = ['p1', 'p2'];
const TASKS = ['t1', 't2', ...PROPOSALS];
const SKEWS = [0, 0, 50_000, 61_000, -61_000, 3_600_000, -3_600_000];

/** Devices and what happens to them; in one history of five also what chance alone seldom brings together. */
export function drawReplicas(draws: Draws): History<ReplicasSetup, ReplicaEvent> {
  const skews = Array.from({ length: draws.pick([2, 2, 2, 3, 4, 5]) }, () => draws.pick(SKEWS));
  const restores = draws.percent(15);
  const events = Array.from({ length: 6 + draws.below(24) }, () => drawEvent(draws, skews.length, restores));
  if (draws.percent(20)) plant(draws, drawPlot(draws, draws.below(skews.length)), events);
  return { setup: { skews, order: draws.below(2 ** 31) }, events };
}

function drawEvent(draws: Draws, devices: number, restores: boolean): ReplicaEvent {
  const device = draws.below(devices);
  const what = draws.below(100);
  if (what < 30)
    return { kind: 'write', device, task: draws.pick(TASKS), op: draws.pick(['insert', 'update', 'update', 'delete']) };
  if (what < 42)
    return {
      kind: 'decide',
      device,
      proposal: draws.pick(PROPOSALS),
      status: draws.pick(['approved', 'approved', 'rejected']),
    };
  if (what < 65)
    return {
      kind: 'push',
      device,
      fate: draws.pick(['arrives', 'arrives', 'request lost', 'answer lost', 'comes late']),
    };
  if (what < 85) return { kind: 'pull', device, limit: 1 + draws.below(6), pages: draws.pick([1, 2, 100]) };
  if (what < 90) return { kind: 'late request', nth: draws.below(3) };
  if (what < 93) return { kind: 'jump', device, skewMs: draws.pick(SKEWS) };
  if (what < 94) return { kind: 'reopen', device };
  if (what < 96 && restores) return { kind: 'restore', lost: 1 + draws.below(4) };
  return { kind: 'pass', ms: draws.pick([1, 1_000, 60_001, 3_600_000]) };
}

/** What chance alone brings together once in ten thousand histories: a clock that is set, and what goes wrong by it. */
function drawPlot(draws: Draws, device: number): ReplicaEvent[] {
  const task = draws.pick(TASKS);
  const proposal = draws.pick(PROPOSALS);
  const ahead: ReplicaEvent = { kind: 'jump', device, skewMs: draws.pick([61_000, 3_600_000]) };
  const write = (of: string, op: 'insert' | 'update'): ReplicaEvent => ({ kind: 'write', device, task: of, op });
  const approve: ReplicaEvent = { kind: 'decide', device, proposal, status: 'approved' };
  const push: ReplicaEvent = { kind: 'push', device, fate: 'arrives' };
  return draws.pick<ReplicaEvent[]>([
    // Given up and stamped anew, and then it arrives.
    [
      ahead,
      write(task, 'insert'),
      { ...push, fate: 'comes late' },
      push,
      write(task, 'update'),
      { kind: 'pass', ms: 3_600_000 },
    ],
    // Foreseen by the clock that is ahead, and then edited by the service's.
    [push, ahead, approve, push, write('t1', 'insert'), push, write(proposal, 'update')],
    // A decision at the end of a page, and an edit of its effect.
    [
      push,
      { ...ahead, skewMs: -61_000 },
      approve,
      push,
      write(proposal, 'update'),
      { kind: 'pull', device, limit: 1 + draws.below(6), pages: 1 + draws.below(3) },
      push,
    ],
  ]);
}

/** Puts events into others, in their order. */
function plant(draws: Draws, plot: readonly ReplicaEvent[], events: ReplicaEvent[]): void {
  const places = plot.map(() => draws.below(events.length + 1)).sort((a, b) => a - b);
  for (const [nth, event] of plot.entries()) events.splice((places[nth] as number) + nth, 0, event);
}
