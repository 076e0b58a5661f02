/** Whether the browser keeps what this site stores, or may remove it when storage runs short. */
export class KeptStorage {
  /** Undefined while it is not known, or where the browser does not say. */
  isKept = $state<boolean | undefined>();
  #asked = false;

  /** Asks the browser to keep it, once: some ask the person. To be called when there is something to lose. */
  async ask(): Promise<void> {
    if (this.#asked) return;
    this.#asked = true;
    // A page that is not served securely has none.
    const storage = navigator.storage as StorageManager | undefined;
    try {
      this.isKept = (await storage?.persisted()) || (await storage?.persist());
    } catch (error) {
      console.info('the browser does not say whether it keeps what is stored', error);
    }
  }
}

export const keptStorage = new KeptStorage();
