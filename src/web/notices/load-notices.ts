import type { Registry } from '../../core/modules/registry.ts';
import { recordHref } from '../attribution/record-href.ts';
import { readProposal, type ShownProposal } from '../proposals/read-proposal.ts';
import { readSubject } from '../proposals/read-subject.ts';
import type { RecordRef } from '../replica/database.ts';
import type { Note } from '../replica/note.ts';
import type { Replica } from '../replica/open-replica.ts';

/** A note with what it is about. */
export interface Notice {
  note: Note;
  /** What was decided; null where it is no decision, or the proposal is not here any more. */
  proposal: ShownProposal | null;
  /** The name of the record; of a decision, of the record that it is about, where that is known. */
  subject: string | undefined;
  /** Where it can be looked at; null where there is nothing to see any more. */
  href: string | null;
}

/** What the person should know of, the newest first. To be called in a live query. */
export async function loadNotices(
  replica: Pick<Replica, 'listNotes' | 'findRecord'>,
  registry: Registry,
): Promise<Notice[]> {
  const notes = await replica.listNotes();
  return Promise.all(
    notes.map(async (note) => {
      const ref = subjectOf(note);
      const record = await replica.findRecord(ref);
      const found = record && !record.deleted ? record : undefined;
      if (note.kind === 'withdrawn') {
        const proposal = record ? readProposal(record, new Date(note.at)) : null;
        const subject = proposal ? await readSubject(replica, registry, proposal) : ref.id;
        const mission = found && proposal?.missionId;
        const href = mission ? `/companion/missions/${encodeURIComponent(mission)}` : null;
        return { note, proposal, subject, href };
      }
      const data = record?.data ?? dataOf(note);
      const subject = registry.collection(ref.appId, ref.table)?.label({ id: ref.id, data }) ?? ref.id;
      return { note, proposal: null, subject, href: found ? recordHref(ref) : null };
    }),
  );
}

function subjectOf(note: Note): RecordRef {
  if (note.kind === 'withdrawn') return { appId: 'ai', table: 'aiProposals', id: note.proposalId };
  if (note.kind === 'overwritten') return { appId: note.appId, table: note.table, id: note.recordId };
  const [first] = note.changes;
  return { appId: first?.appId ?? '', table: first?.change.table ?? '', id: first?.change.id ?? '' };
}

/** A record that was refused as a whole is known by the change alone. */
function dataOf(note: Note) {
  const change = note.kind === 'refused' ? note.changes[0]?.change : undefined;
  const fields = Object.entries(change?.fields ?? {}).map(([field, { value }]) => [field, value]);
  return { ...change?.data, ...Object.fromEntries(fields) };
}
