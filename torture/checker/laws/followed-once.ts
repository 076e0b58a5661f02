import type { Followed, UserEvidence } from '../evidence.ts';
import type { Law } from '../law.ts';

export const followedOnce: Law = {
  name: 'followed_once',
  says: 'Who follows the log is handed each change exactly once and in order, through whatever breaks off.',
  violations: ({ users }) =>
    users.flatMap((evidence) => evidence.followed.flatMap((followed) => faultOf(evidence, followed))),
};

/** The first one; what comes after it follows from it. */
function faultOf({ user, log }: UserEvidence, { by, seen, refused }: Followed): string[] {
  const who = `${user}: ${by}`;
  if (refused !== null) return [`${who} had its cursor refused: ${refused}`];
  for (const [index, change] of log.entries()) {
    const handed = seen[index];
    if (!handed) return [`${who} was handed ${seen.length} changes of ${log.length}`];
    if (handed.position === change.position && handed.eventId === change.id) continue;
    return [`${who} was handed ${handed.position} (${handed.eventId}) where ${change.position} (${change.id}) comes`];
  }
  return seen.length > log.length ? [`${who} was handed ${seen.length - log.length} changes that the log has not`] : [];
}
