export type Deadlined<T> =
  | { outcome: 'done'; value: T }
  | { outcome: 'failed'; error: unknown }
  | { outcome: 'timeout' };

/**
 * Runs `work` under a signal that aborts with `outer` or after `timeoutMs`, and does not wait for work that ignores it.
 * Throws `outer.reason` when `outer` aborts.
 */
export async function withDeadline<T>(
  outer: AbortSignal,
  timeoutMs: number,
  work: (signal: AbortSignal) => PromiseLike<T>,
): Promise<Deadlined<T>> {
  outer.throwIfAborted();
  const controller = new AbortController();
  const { signal } = controller;
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  const follow = () => controller.abort(outer.reason);
  outer.addEventListener('abort', follow, { once: true });
  const timer = setTimeout(() => controller.abort(new DOMException('The time is up.', 'TimeoutError')), timeoutMs);
  try {
    return { outcome: 'done', value: await Promise.race([work(signal), aborted]) };
  } catch (error) {
    outer.throwIfAborted();
    return signal.aborted ? { outcome: 'timeout' } : { outcome: 'failed', error };
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', follow);
  }
}
