import type { Evidence } from './evidence.ts';

/** One thing that must be true, whatever happened. */
export interface Law {
  name: string;
  /** In the words of a promise. */
  says: string;
  /** How it is broken, a message for each time; none: it holds. */
  violations(evidence: Evidence): string[];
}
