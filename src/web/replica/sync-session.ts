import { type CatchUpDeps, catchUp } from './catch-up.ts';
import type { Service } from './connect-service.ts';
import { readMeta } from './database.ts';
import { addChanges, isWhole, newStretch } from './log-stretch.ts';
import { type PushDeps, pushOutbox } from './push-outbox.ts';
import { storeStretch } from './store-stretch.ts';

export interface SessionDeps extends PushDeps, CatchUpDeps {
  /** Speaks with the service until the session ends, and may end it. */
  connect(session: AbortController): Service;
}

/**
 * One connected stretch of the sync: catches up, then follows the log and pushes side by side. They meet in the database
 * alone: whichever comes first, the answer to a push or the pushed change in the log, each is one transaction that leaves
 * the other right. Ends by throwing what ended it, the signal's reason included; nothing of it goes on after that.
 */
export async function syncSession(deps: SessionDeps, signal: AbortSignal): Promise<never> {
  const { report } = deps;
  const session = new AbortController();
  const end = () => session.abort(signal.reason);
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  const service = deps.connect(session);
  try {
    await catchUp(deps, service);
    session.signal.throwIfAborted();
    report('caught_up');
    const endWith = (error: unknown) => session.abort(error);
    await Promise.all([follow(deps, service).catch(endWith), pushOutbox(deps, service, session.signal).catch(endWith)]);
  } catch (error) {
    session.abort(error);
  } finally {
    signal.removeEventListener('abort', end);
  }
  throw session.signal.reason;
}

async function follow({ db, clientId, now }: CatchUpDeps, service: Service): Promise<void> {
  let stretch = newStretch(await readMeta(db, 'cursor'));
  for await (const { changes, cursor, hasMore } of service.stream(stretch.cursor)) {
    addChanges(stretch, changes, cursor, clientId);
    if (!isWhole(stretch, hasMore)) continue;
    await storeStretch(db, stretch, now());
    stretch = newStretch(cursor);
  }
}
