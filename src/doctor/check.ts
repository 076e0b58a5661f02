/** One thing that was looked at. `mend` says how to put it right, where something is to be put right. */
export interface Check {
  name: string;
  /** `warning`: works as it is, but not as one would wish; `error`: does not work, or is not safe. */
  status: 'ok' | 'warning' | 'error';
  found: string;
  mend?: string;
}

export const ok = (name: string, found: string): Check => ({ name, status: 'ok', found });
export const warning = (name: string, found: string, mend: string): Check => ({ name, status: 'warning', found, mend });
export const error = (name: string, found: string, mend: string): Check => ({ name, status: 'error', found, mend });

/** Runs one statement and returns its rows; of whichever database is examined. */
export type Query = <Row>(text: string) => Promise<Row[]>;
