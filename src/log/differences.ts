import type { FieldDifference } from '../core/log/compare-records.ts';

/** A row of a projection that is not as the log has it. */
export interface Difference {
  projection: 'records' | 'missions';
  /** `appId/table/id` of a record, the id of a mission. */
  key: string;
  /** `missing`: the log has it, the projection not. `phantom`: the other way round. */
  kind: 'missing' | 'phantom' | 'differs';
  /** Of a row that differs. */
  fields: FieldDifference[];
}

/** All differences are counted, and the first of them listed: a projection may have been lost whole. */
export class Differences {
  count = 0;
  readonly listed: Difference[] = [];

  add(difference: Difference): void {
    this.count += 1;
    if (this.listed.length < LISTED) this.listed.push(difference);
  }

  addAll(others: Differences): void {
    for (const difference of others.listed) if (this.listed.length < LISTED) this.listed.push(difference);
    this.count += others.count;
  }
}

const LISTED = 1_000;
