import { liveQuery } from 'dexie';

/**
 * What a query of the replica answers, kept up to date: whatever it read changes, in this tab or another, it is asked
 * again. To be made while a component is set up, and gone with it.
 */
export class Live<T> {
  /** Undefined until the first answer. */
  current = $state.raw<T | undefined>();
  #failure = $state.raw<unknown>();

  /** `query` is called anew when what it reads of the component's state changes; what it returns asks the replica. */
  constructor(query: () => () => Promise<T>) {
    $effect(() => {
      const subscription = liveQuery(query()).subscribe({
        next: (answer) => {
          this.current = answer;
        },
        error: (failure) => {
          this.#failure = failure;
          console.error(failure);
        },
      });
      return () => subscription.unsubscribe();
    });
  }

  /** What went wrong; the query is not asked again then. */
  get failure(): unknown {
    return this.#failure;
  }
}

/** `live(() => () => replica.listRecords('todo', 'tasks'))` */
export function live<T>(query: () => () => Promise<T>): Live<T> {
  return new Live(query);
}
