import type { z } from 'zod';

/** What is wrong with one field of an input. */
export interface FieldIssue {
  /** The field, and the way into it, joined by dots: `cadence.everyMinutes`, `inputs.0.id`; empty for the whole input. */
  path: string;
  message: string;
}

/** Zod's findings as issues; a key that is not known is named as a field of its own. */
export function fieldIssues(issues: readonly z.core.$ZodIssue[]): FieldIssue[] {
  return issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [{ path: joined(issue.path), message: issue.message }];
    return issue.keys.map((key) => ({ path: joined([...issue.path, key]), message: 'is not a known field' }));
  });
}

/** For `safeParse`: says of a field that is missing that it is, where zod would speak of `undefined`. */
export const missingFieldMessage: z.core.$ZodErrorMap = (issue) =>
  issue.code === 'invalid_type' && issue.input === undefined ? 'is required' : undefined;

function joined(path: readonly PropertyKey[]): string {
  return path.map(String).join('.');
}
