/** What figures are counted in. */
export const UNITS = {
  'rows/s': 'more',
  'commits/s': 'more',
  'plans/s': 'more',
  'requests/s': 'more',
  ms: 'less',
  'CPU ms/min': 'less',
  'queries/min': 'less',
  pages: 'less',
} as const;

export type Unit = keyof typeof UNITS;

export function isLessBetter(unit: Unit): boolean {
  return UNITS[unit] === 'less';
}

/** Rates without fractions, times with as many digits as tell something. */
export function formatValue(value: number, unit: string): string {
  if (unit === 'times as long') return value.toFixed(2);
  return unit === 'ms' && value < 100 ? value.toFixed(value < 10 ? 2 : 1) : Math.round(value).toLocaleString('en');
}
