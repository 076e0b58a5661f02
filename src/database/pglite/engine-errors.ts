// What an engine that is gone answers with: the SQL states of a Postgres whose connection is lost, so that whoever handles
// those handles these.

/** The engine stopped; nothing was acknowledged after it. Opening the store again recovers. */
export class StoreStoppedError extends Error {
  override name = 'StoreStoppedError';
  readonly code = '57P01';
}

/** As Postgres says it. The statement has done nothing. */
export function statementTimedOut(): Error {
  return withCode('57014', 'canceling statement due to statement timeout');
}

/** The statement has done nothing. */
export function connectionLost(cause?: Error): Error {
  return withCode('08006', 'the embedded database was lost and is being opened again', cause);
}

/** The transaction may have been committed. */
export function outcomeUnknown(cause: Error): Error {
  return withCode('08007', 'the embedded database was lost at a commit, whose outcome is not known', cause);
}

/** Nothing was tried. */
export function notOpenYet(cause: Error): Error {
  return withCode('57P03', 'the embedded database is being opened again', cause);
}

function withCode(code: string, message: string, cause?: Error): Error {
  return Object.assign(new Error(message, cause && { cause }), { code });
}
