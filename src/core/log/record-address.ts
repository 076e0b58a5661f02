/** Where a record is: its collection, and its id within it. Written `todo/tasks/t1`. */
export interface RecordAddress {
  appId: string;
  table: string;
  id: string;
}

export function formatAddress({ appId, table, id }: RecordAddress): string {
  return `${appId}/${table}/${id}`;
}

/** The one text of an address as a key of a map: whatever its parts hold, no other address has it. */
export function addressKey({ appId, table, id }: RecordAddress): string {
  return JSON.stringify([appId, table, id]);
}

/** Null when the text has not three parts. The id may hold slashes itself. */
export function parseAddress(text: string): RecordAddress | null {
  const [, appId, table, id] = /^([^/]+)\/([^/]+)\/(.+)$/s.exec(text) ?? [];
  return appId === undefined || table === undefined || id === undefined ? null : { appId, table, id };
}
