/**
 * A change of the log, each column as its text; `data`, `fieldTimestamps` and `actor` as Postgres writes jsonb: a space
 * after each colon and comma, the keys of both objects in the same order.
 */
export interface ChangeTexts {
  position: string;
  id: string;
  appId: string;
  tableName: string;
  recordId: string;
  op: string;
  data: string;
  fieldTimestamps: string;
  clientId: string;
  schemaVersion: string;
  actor: string;
  createdAt: string;
}

/** Reads a row whose columns are those of ChangeTexts, in that order. Plain on purpose: it is called for every change read. */
export function readChangeTexts(row: readonly (string | null)[]): ChangeTexts {
  const text = row as string[];
  return {
    position: text[0]!,
    id: text[1]!,
    appId: text[2]!,
    tableName: text[3]!,
    recordId: text[4]!,
    op: text[5]!,
    data: text[6]!,
    fieldTimestamps: text[7]!,
    clientId: text[8]!,
    schemaVersion: text[9]!,
    actor: text[10]!,
    createdAt: text[11]!,
  };
}
