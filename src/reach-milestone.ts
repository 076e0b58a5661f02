import { type Channel, channel } from 'node:diagnostics_channel';

/** Where the service is on the way from what it was asked, or has claimed, to what the log holds of it. */
export const MILESTONES = [
  'claimed',
  /** By the model; or it is known that none will come. */
  'answer_received',
  'call_recorded',
  'plans_before_commit',
  'plans_committed',
  'push_before_commit',
  'push_committed',
  'decision_before_commit',
  'decision_committed',
] as const;

export type Milestone = (typeof MILESTONES)[number];

const CHANNELS = Object.fromEntries(MILESTONES.map((name) => [name, channel(`pg-missions:${name}`)])) as Record<
  Milestone,
  Channel
>;

/**
 * Tells those who subscribed to `pg-missions:<milestone>` on node:diagnostics_channel, at once, so that whoever looks at a
 * process from outside can stop or end it just there. In production nobody has, and this does nothing.
 */
export function reachMilestone(milestone: Milestone): void {
  const reached = CHANNELS[milestone];
  if (reached.hasSubscribers) reached.publish(milestone);
}
