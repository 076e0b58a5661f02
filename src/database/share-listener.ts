import type { Database, Listener, ListenHandlers } from './database.ts';

/**
 * The same database, where all that listen share one connection: Postgres pays for each listening connection with every
 * notification. It is opened on `channels` for the first of them and closed with the last.
 */
export function shareListener(db: Database, channels: string[]): Database {
  const sharing = new Set<{ channels: string[]; handlers: ListenHandlers }>();
  let opened: Promise<Listener> | null = null;

  const each = (act: (handlers: ListenHandlers) => void, channel?: string) => {
    for (const one of [...sharing]) {
      if (channel !== undefined && !one.channels.includes(channel)) continue;
      try {
        act(one.handlers);
      } catch (error) {
        one.handlers.onError(error as Error);
      }
    }
  };

  return {
    ...db,

    async listen(wanted, handlers) {
      const unknown = wanted.find((channel) => !channels.includes(channel));
      if (unknown !== undefined) throw new TypeError(`the shared listener does not listen to ${unknown}`);
      const one = { channels: wanted, handlers };
      const isFirst = sharing.size === 0;
      sharing.add(one);
      if (isFirst) {
        opened = db.listen(channels, {
          onNotify: (channel, payload) => each((own) => own.onNotify(channel, payload), channel),
          onConnected: () => each((own) => own.onConnected()),
          onError: (error) => each((own) => own.onError(error)),
        });
      }
      const listener = await (opened as Promise<Listener>).catch((error: unknown) => {
        sharing.delete(one);
        throw error;
      });
      // Whoever comes later has missed being told.
      if (!isFirst && listener.connected()) handlers.onConnected();
      return {
        connected: () => sharing.has(one) && listener.connected(),
        async close() {
          if (sharing.delete(one) && sharing.size === 0) await listener.close();
        },
      };
    },
  };
}
