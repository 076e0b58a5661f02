/** Why something failed, in one line, without anything secret: messages of drivers name hosts and users, never passwords. */
export function describeFailure(failure: unknown): string {
  const lines: string[] = [];
  for (let at = failure; at instanceof Error; at = at.cause) {
    const line = at.message || ('code' in at ? String(at.code) : at.name);
    if (!lines.includes(line)) lines.push(line);
  }
  return lines.join(': ') || String(failure);
}
