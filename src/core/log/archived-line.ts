import type { ChangeTexts } from './change-texts.ts';

/** A change as an archive has it in a line; its JSON as text. */
export type ArchivedTexts = Omit<ChangeTexts, 'position' | 'schemaVersion'> & {
  position: number;
  schemaVersion: number;
  link: string | null;
};

/** JSON goes as the database writes it: parsed here, numbers would lose what a double cannot hold. */
export function archivedLine({ data, fieldTimestamps, actor, link, ...change }: ArchivedTexts): string {
  const { position, id, appId, tableName, recordId, op, clientId, schemaVersion, createdAt } = change;
  const head = JSON.stringify({ position, id, appId, tableName, recordId, op, clientId, schemaVersion, createdAt });
  const end = link === null ? '' : `${LINK}"${link}"`;
  return `${head.slice(0, -1)}${DATA}${data}${TIMES}${fieldTimestamps}${ACTOR}${actor}${end}}`;
}

/**
 * The texts of a line that was parsed to this change: its JSON as the database wrote it, which is what was hashed. Null for
 * a line that archivedLine did not make. (A quote within a string is escaped and Postgres writes a space after each comma,
 * so what stands before each part occurs nowhere else.)
 */
export function textsOfLine(
  line: string,
  change: Omit<ArchivedTexts, 'data' | 'fieldTimestamps' | 'actor'>,
): ArchivedTexts | null {
  const data = line.indexOf(DATA);
  const times = line.indexOf(TIMES, data);
  const actor = line.indexOf(ACTOR, times);
  const end = change.link === null ? -1 : line.indexOf(LINK, actor);
  const texts = {
    ...change,
    data: line.slice(data + DATA.length, times),
    fieldTimestamps: line.slice(times + TIMES.length, actor),
    actor: line.slice(actor + ACTOR.length, end),
  };
  return archivedLine(texts) === line ? texts : null;
}

const DATA = ',"data":';
const TIMES = ',"fieldTimestamps":';
const ACTOR = ',"actor":';
const LINK = ',"link":';
