/** What must hold of a log and its projections, by the name of what does not. */
export type Rule =
  | 'positions_not_contiguous'
  | 'head_out_of_step'
  | 'chain_broken'
  | 'link_not_as_expected'
  | 'projection_differs'
  | 'want_recorded_twice'
  | 'want_not_planned'
  | 'ai_change_without_proposal'
  | 'ai_change_of_another_plan'
  | 'ai_change_not_approved'
  | 'ai_change_in_another_module'
  | 'ai_change_of_bookkeeping'
  | 'approved_by_nobody'
  | 'decided_twice'
  | 'decided_on_something_else';

export interface Violation {
  rule: Rule;
  /** What does not hold, in words for a person; it names the record or the mission. */
  message: string;
  /** The changes of the log that show it. */
  positions: number[];
}
