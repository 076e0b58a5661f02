import type { Followed, UserEvidence } from '../evidence.ts';
import type { Law } from '../law.ts';

export const followedOnce: Law = {
  name: 'followed_once',
  says: 'Who follows the log is handed each change exactly once and in order, through whatever breaks off; a failover refuses the cursor, once, and nothing else does.',
  violations: ({ users, failovers }) =>
    users.flatMap((evidence) => evidence.followed.flatMap((followed) => faultOf(evidence, followed, failovers))),
};

/** The first one; what comes after it follows from it. */
function faultOf({ user, log }: UserEvidence, { by, seen, refusals }: Followed, failovers: number): string[] {
  const who = `${user}: ${by}`;
  if (refusals.length !== failovers) {
    const times = `${refusals.length} times, and there were ${failovers} failovers`;
    return [`${who} had its cursor refused ${times}: ${refusals.join('; ')}`];
  }
  for (const [index, change] of log.entries()) {
    const handed = seen[index];
    if (!handed) return [`${who} was handed ${seen.length} changes of ${log.length}`];
    if (handed.position === change.position && handed.eventId === change.id) continue;
    return [`${who} was handed ${handed.position} (${handed.eventId}) where ${change.position} (${change.id}) comes`];
  }
  return seen.length > log.length ? [`${who} was handed ${seen.length - log.length} changes that the log has not`] : [];
}
