/**
 * An error as the log may hold it: enough to find the fault, and nothing of a person's content. The words of a database
 * error and of a syntax error quote the values they are about, so only their codes and places are kept.
 */
export function describeError(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  const { code, constraint, table, routine } = error as {
    code?: unknown;
    constraint?: unknown;
    table?: unknown;
    routine?: unknown;
  };
  const quotesValues = routine !== undefined || typeof constraint === 'string' || error instanceof SyntaxError;
  return {
    type: error.name,
    ...(quotesValues ? {} : { message: error.message.slice(0, 500) }),
    ...withoutUndefined({ code, constraint, table, routine }),
    at: frames(error.stack),
    ...(error.cause !== undefined && depth < 3 ? { cause: describeError(error.cause, depth + 1) } : {}),
  };
}

function frames(stack: string | undefined): string[] {
  const lines = (stack ?? '').split('\n').map((line) => line.trim());
  return lines.filter((line) => line.startsWith('at ')).slice(0, 12);
}

function withoutUndefined(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
