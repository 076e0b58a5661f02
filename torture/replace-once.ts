/**
 * Replaces texts in one that is called `name`. Each must be there exactly once, or a control would one day break nothing and
 * say so to nobody.
 */
export function replaceOnce(name: string, text: string, replaced: Record<string, string>): string {
  return Object.entries(replaced).reduce((whole, [from, to]) => {
    const times = whole.split(from).length - 1;
    if (times !== 1) throw new Error(`${name} has this ${times} times: ${from}`);
    return whole.replace(from, () => to);
  }, text);
}
