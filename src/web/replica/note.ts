import type { Json } from '../../core/json.ts';
import type { FieldIssue } from '../../core/modules/field-issues.ts';
import type { DecisionConflict, PushedChange } from '../../core/sync/wire.ts';

/** Something that the person should know of, kept until it is dismissed. */
export type Note = {
  /** The same event makes the same note, however often it is told. */
  id: string;
  /** By this device's clock. */
  at: string;
} & (OverwrittenNote | WithdrawnNote | RefusedNote);

/** A field that was written here lost to a later write from elsewhere. */
export interface OverwrittenNote {
  kind: 'overwritten';
  appId: string;
  table: string;
  recordId: string;
  field: string;
  pushed: { value: Json; updatedAt: string };
  winning: { value: Json; updatedAt: string; clientId: string };
}

/** A decision that was made here does not stand, and what was shown of it is gone. */
export interface WithdrawnNote {
  kind: 'withdrawn';
  proposalId: string;
  decision: 'approved' | 'rejected';
  feedback: string | null;
  /** The service's code: proposal_already_decided, proposal_superseded, proposal_expired, effect_refused, ... */
  reason: string;
  message: string;
  /** What holds instead; null while the proposal is open, or where there is none. */
  winning: DecisionConflict['decision'];
}

/** Changes that the service does not take, as they were made: they can be tried again or given up. */
export interface RefusedNote {
  kind: 'refused';
  /** The service's code; `record_gone`: what they were made on was a suggestion that came to nothing. */
  reason: string;
  message: string;
  issues: FieldIssue[];
  /** The refused one, then those of the same record that make no sense without it. */
  changes: { appId: string; change: PushedChange }[];
}
