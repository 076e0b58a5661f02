export interface Toast {
  id: number;
  text: string;
  tone: 'note' | 'error';
  action: { label: string; run(): void } | undefined;
}

/** Time to read a note and to reach for its action. */
const SHOWN_MS = 7_000;

/** Short messages about what just happened. An error stays until it is dismissed, a note goes by itself. */
class Toasts {
  #shown = $state.raw<Toast[]>([]);
  #timers = new Map<number, ReturnType<typeof setTimeout>>();
  #lastId = 0;

  get shown(): Toast[] {
    return this.#shown;
  }

  /** Tells what happened; `action` is a way to answer it, such as to undo. Returns the way to take it away early. */
  note(text: string, action?: Toast['action']): () => void {
    const id = this.#show({ text, tone: 'note', action });
    this.#leaveLater(id);
    return () => this.dismiss(id);
  }

  /** Tells what went wrong. */
  error(text: string, action?: Toast['action']): void {
    this.#show({ text, tone: 'error', action });
  }

  dismiss(id: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.#shown = this.#shown.filter((toast) => toast.id !== id);
  }

  /** Lets nothing go by itself while somebody points at it or has it in focus. */
  hold(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  /** Gives what was held its whole time anew. */
  release(): void {
    for (const id of [...this.#timers.keys()]) this.#leaveLater(id);
  }

  #show(toast: Omit<Toast, 'id'>): number {
    this.#lastId += 1;
    this.#shown = [...this.#shown, { ...toast, id: this.#lastId }];
    return this.#lastId;
  }

  #leaveLater(id: number): void {
    this.#timers.set(
      id,
      setTimeout(() => this.dismiss(id), SHOWN_MS),
    );
  }
}

export const toasts = new Toasts();
