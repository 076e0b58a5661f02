import pg from 'pg';
import { findPrimary } from './find-primary.ts';

type OnConnected = (error: Error | null) => void;

/** A client class for a pool that connects, each time anew, to the server that takes writes at that time. */
export function primaryClient(connectionString: string): new (config?: string | pg.ClientConfig) => pg.ClientBase {
  return class PrimaryClient extends pg.Client {
    override connect(): Promise<pg.Client>;
    override connect(callback: OnConnected): void;
    override connect(callback?: OnConnected): Promise<pg.Client> | undefined {
      const found = findPrimary(connectionString).then((url) => {
        const { host, port } = new pg.Client(url);
        this.host = host;
        this.port = port;
      });
      if (!callback) return found.then(() => super.connect());
      found.then(() => super.connect(callback), callback);
      return undefined;
    }
  };
}
