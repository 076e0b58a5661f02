/** Every one that is shown is an element; whoever seeks among more types another letter. */
const MOST_SHOWN = 50;

/**
 * The options that have every word typed in their label or detail, those whose label begins with what was typed first;
 * `left` counts the ones beyond the most that are shown. Case and accents do not matter, nor does `_` for a space.
 */
export function findOptions<Option extends { label: string; detail?: string }>(
  options: readonly Option[],
  typed: string,
): { shown: Option[]; left: number } {
  const sought = fold(typed);
  const words = sought.split(' ').filter((word) => word !== '');
  const found = options
    .map((option) => ({ option, label: fold(option.label), detail: fold(option.detail ?? '') }))
    .filter(({ label, detail }) => words.every((word) => label.includes(word) || detail.includes(word)));
  if (sought !== '') found.sort((a, b) => Number(b.label.startsWith(sought)) - Number(a.label.startsWith(sought)));
  return {
    shown: found.slice(0, MOST_SHOWN).map(({ option }) => option),
    left: Math.max(0, found.length - MOST_SHOWN),
  };
}

function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[_\s]+/g, ' ')
    .trim()
    .toLowerCase();
}
