import pc from 'picocolors';
import { SERVER_CLIENT_ID } from '../core/log/change.ts';
import { formatAddress } from '../core/log/record-address.ts';
import type { Because, FieldWrite, RecordBlame } from '../log/blame-record.ts';
import { describePairs, describeText, describeValue } from './describe.ts';

/** A write that the log stamped on arrival may bear a time some milliseconds later, so that it is after all others. */
const LATE_MS = 1_000;

/** Why a record is as it is, for a person: fields that one change wrote stand together above their one story. */
export function describeBlame(blame: RecordBlame): string {
  const stories = new Map<number, RecordBlame['fields']>();
  for (const field of blame.fields) stories.set(field.position, [...(stories.get(field.position) ?? []), field]);
  const head = `${pc.bold(describeText(blame.label))}  ${formatAddress(blame)}${blame.deletedAt ? `  deleted` : ''}`;
  return [head, ...[...stories.values()].flatMap((fields) => ['', ...describeStory(fields)])].join('\n');
}

function describeStory(fields: RecordBlame['fields']): string[] {
  const values = fields.map(({ field, value }): [string, string] => [field, describeValue(value)]);
  const [write] = fields;
  if (!write) return [];
  return [
    ...describePairs(values, '  ').map((line) => pc.cyan(line)),
    ...describePairs(storyOf(write), '      '),
    ...fields.flatMap(({ field, others = [] }) => others.map((other) => `      ${describeOther(field, other)}`)),
  ];
}

function storyOf(write: FieldWrite): [string, string][] {
  const { actor, because, clientId, writtenAt, arrivedAt, position, op, eventId } = write;
  const isLate = Math.abs(Date.parse(arrivedAt) - Date.parse(writtenAt)) >= LATE_MS;
  const arrived = isLate ? `, arrived ${arrivedAt}` : '';
  const when: [string, string] = ['when', `${writtenAt}${arrived} (change ${position}, ${op}, event ${eventId})`];
  if (actor.kind === 'user') return [['who', `user${fromClient(clientId)}`], when];
  if (actor.kind === 'system' || !because) {
    return [['who', actor.kind === 'system' ? `system (${actor.source})` : 'ai'], when];
  }
  const { mission, iteration, proposal } = because;
  const model = iteration.model === null ? '' : ` (${describeText(iteration.model)})`;
  return [
    ['who', `ai${model}, in iteration ${iteration.id}`],
    ['mission', mission.title === null ? mission.id : `${describeText(mission.title)} (${mission.id})`],
    ['why', describeText(because.rationale, 1_000)],
    ['approved', describeApproval(because.approval, proposal.id)],
    when,
  ];
}

function describeApproval(approval: Because['approval'], proposalId: string): string {
  if (!approval) return `nothing says so (proposal ${proposalId})`;
  const { by, edited, decidedAt, clientId, position } = approval;
  const who = by === 'policy' ? 'by the policy' : `by the user${fromClient(clientId)}${edited ? ', edited' : ''}`;
  return `${who}, ${decidedAt} (proposal ${proposalId}, change ${position})`;
}

/** What was not pushed by a client was asked of the service itself. */
function fromClient(clientId: string): string {
  return clientId === SERVER_CLIENT_ID ? '' : ` from the client ${describeText(clientId)}`;
}

function describeOther(field: string, { value, actor, writtenAt, position }: FieldWrite): string {
  const who = actor.kind === 'ai' ? `ai for ${actor.missionId}` : actor.kind;
  return pc.dim(`other  ${field} ${describeValue(value, 60)}  ${who}, ${writtenAt}, change ${position}`);
}
