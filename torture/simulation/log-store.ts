import type { SQL } from 'drizzle-orm';
import type { JsonObject } from '../../src/core/json.ts';
import type { Change } from '../../src/core/log/change.ts';
import type { Transaction } from '../../src/database/database.ts';
import { compile } from '../../src/database/statement.ts';
import type { Draws } from './draws.ts';

export type StoredChange = Required<Pick<Change, 'id' | 'clientId'>> & Change;

/**
 * One person's log behind the statements of `decideProposal`, for transactions whose statements are interleaved by chance. No
 * merge: the later write wins, as all of them are the service's. A statement that it does not know is refused.
 */
export class LogStore {
  readonly log: StoredChange[] = [];
  readonly #locks: boolean;
  /** What waits for its turn, and what waits for the log. */
  readonly #ready: (() => void)[] = [];
  readonly #blocked: (() => void)[] = [];
  #isLocked = false;

  /** `locks`: whether `lock_log()` does anything. */
  constructor(locks: boolean) {
    this.#locks = locks;
  }

  record(table: string, id: string, log: readonly StoredChange[] = this.log): JsonObject | undefined {
    const changes = log.filter(({ tableName, recordId }) => tableName === table && recordId === id);
    return changes.length === 0 ? undefined : Object.assign({}, ...changes.map(({ data }) => data));
  }

  /** Runs what `work` does in a transaction, a statement at each of its turns; what it throws undoes it. */
  async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const written: StoredChange[] = [];
    const held = { lock: false };
    const query = async (statement: SQL) => {
      await new Promise<void>((resolve) => this.#ready.push(resolve));
      return this.#answer(statement, written, held);
    };
    try {
      const result = await work({ query: query as Transaction['query'], announce: () => {} });
      await new Promise<void>((resolve) => this.#ready.push(resolve));
      this.log.push(...written);
      return result;
    } finally {
      if (held.lock) {
        this.#isLocked = false;
        this.#ready.push(...this.#blocked.splice(0));
      }
    }
  }

  /** Gives turns by chance until nobody waits. */
  async play(draws: Draws): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const [next] = this.#ready.splice(draws.below(this.#ready.length), 1);
      if (!next) break;
      next();
    }
    if (this.#blocked.length > 0) throw new Error('a transaction waits for ever');
  }

  async #answer(statement: SQL, written: StoredChange[], held: { lock: boolean }): Promise<unknown[]> {
    const { text, values } = compile(statement);
    const seen = [...this.log, ...written];
    if (text.includes('lock_log()')) {
      if (!this.#locks) return [];
      while (this.#isLocked && !held.lock) await new Promise<void>((resolve) => this.#blocked.push(resolve));
      this.#isLocked = true;
      held.lock = true;
      return [];
    }
    if (text.includes('append_changes')) {
      const given = JSON.parse(String(values[1])) as Change[];
      const changes = given.map((change, n) => ({ clientId: 'server', id: `s${seen.length + n}`, ...change }));
      written.push(...changes);
      return [{ ids: changes.map(({ id }) => id), last: seen.length + changes.length, lost: false }];
    }
    if (text.includes('from sync_changes')) {
      const logged = seen.find(({ id }) => id === values[0]);
      return logged ? [logged] : [];
    }
    if (text.includes('from records') && text.includes('record_id = $3')) {
      const data = this.record(String(values[1]), String(values[2]), seen);
      return data ? [{ id: values[2], data, fieldMeta: {}, deletedAt: null, firstPosition: 1, lastPosition: 1 }] : [];
    }
    throw new Error(`a statement that is not simulated: ${text}`);
  }
}
