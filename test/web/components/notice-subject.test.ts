import { expect, it } from 'vitest';
import { noticeSubject } from '../../../src/web/notices/notice-subject.ts';
import { readProposal } from '../../../src/web/proposals/read-proposal.ts';
import type { Note } from '../../../src/web/replica/note.ts';

const note: Note = {
  ...{ id: 'n1', at: '2026-03-01T10:00:00.000Z', kind: 'withdrawn', proposalId: 'm-1-0', decision: 'approved' },
  ...{ reason: 'already_decided', message: '', winning: null, feedback: null },
};
const summary = 'Create the event "Dinner" on 2026-11-24T19:30:00+01:00';
const data = { toolName: 'create_event', params: { title: 'Dinner' }, summary };
const ref = { appId: 'ai', table: 'aiProposals', id: 'm-1-0' };
const proposal = readProposal({ ...ref, data, pending: false, unconfirmedBy: null, firstPosition: 1 }, new Date(0));

it('is, of a decision, what the card of the proposal was called', () => {
  expect(noticeSubject({ note, proposal, subject: 'Dinner', href: null })).toBe('Create the event “Dinner”');
  expect(noticeSubject({ note, proposal, subject: undefined, href: null })).toBe(summary);
});

it('is otherwise the name of the record', () => {
  expect(noticeSubject({ note, proposal: null, subject: 'Milk', href: null })).toBe('Milk');
});
