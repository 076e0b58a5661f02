import type { FieldDifference } from '../../core/log/compare-records.ts';

/** A row of a projection that is not as the log has it. */
export interface Difference {
  projection: 'records' | 'missions' | 'plan_reads';
  /** `appId/table/id` of a record, the id of a mission, or that of a mission and what its plan read: `m1 notes/notes/n1`. */
  key: string;
  /** `missing`: the log has it, the projection not. `phantom`: the other way round. */
  kind: 'missing' | 'phantom' | 'differs';
  /** Of a row that differs. */
  fields: FieldDifference[];
}
