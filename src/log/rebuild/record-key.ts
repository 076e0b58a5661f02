/** Names a record within a log: no text in Postgres holds a NUL. */
export function recordKey(appId: string, tableName: string, recordId: string): string {
  return `${appId}\0${tableName}\0${recordId}`;
}

export function splitRecordKey(key: string): { appId: string; tableName: string; recordId: string } {
  const [appId = '', tableName = '', recordId = ''] = key.split('\0');
  return { appId, tableName, recordId };
}

/** `appId/table/id`, for a person. */
export function describeRecordKey(key: string): string {
  return key.split('\0').join('/');
}
