/** What was kept under `name`; null when nothing was, or when the browser keeps nothing for this page. */
export function readStored(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

/** Keeps `value` under `name` for the next visit; null forgets it. Where the browser keeps nothing, it lasts until then. */
export function writeStored(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    // Blocked or full: a preference is not worth an error.
  }
}
