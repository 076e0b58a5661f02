import type { ComparedRow, Comparison } from '../harness/compare.ts';
import { isLessBetter } from '../harness/units.ts';

const WIDTH = 760;
const LABELS = 330;
const ROW = 22;
const HEAD = 34;
const FIGURE = 56;

/**
 * Comparisons as an SVG picture: a bar for each row, as long as its ratio to the floor, with a line from the lowest to the
 * highest of its rounds; the floor is the upright line at 1. Colours follow the reader's light or dark theme.
 */
export function drawChart(title: string, comparisons: readonly Comparison[]): string {
  let top = 8;
  const parts = comparisons.map((comparison) => {
    const part = `<g transform="translate(0 ${top})">${drawOne(comparison)}</g>`;
    top += HEAD + comparison.rows.length * ROW + 14;
    return part;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" width="${WIDTH}" height="${top}" role="img" aria-label="${escapeXml(title)}">
<style>
  text { font: 12px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600 }
  .floor, .noise { fill: #afb8c1 } .ours { fill: #0969da } .peer { fill: #bf8700 } .part { fill: #8c959f }
  .range, .one { stroke: #57606a } .one { stroke-dasharray: 3 3 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .floor, .noise { fill: #484f58 } .ours { fill: #4493f8 } .peer { fill: #d29922 } .part { fill: #6e7681 }
    .range, .one { stroke: #9198a1 }
  }
</style>
${parts.join('\n')}
</svg>
`;
}

function drawOne({ title, unit, rows }: Comparison): string {
  const space = WIDTH - LABELS - FIGURE;
  const longest = Math.max(1, ...rows.map(({ toFloor }) => toFloor.median));
  const at = (ratio: number) => LABELS + Math.min(ratio / longest, 1) * space;
  const bar = ({ name, kind, toFloor: { median, lowest, highest } }: ComparedRow, index: number) => {
    const y = HEAD + index * ROW;
    const middle = y + ROW / 2 - 3;
    return `<text x="${LABELS - 8}" y="${middle + 4}" text-anchor="end">${escapeXml(shorten(name))}</text>
<rect class="${kind}" x="${LABELS}" y="${y}" width="${round(at(median) - LABELS)}" height="${ROW - 6}" rx="2"/>
<line class="range" x1="${round(at(lowest))}" x2="${round(at(highest))}" y1="${middle}" y2="${middle}"/>
<text x="${WIDTH - FIGURE + 8}" y="${middle + 4}">${median.toFixed(2)} x</text>`;
  };
  const better = isLessBetter(unit) ? 'shorter is better' : 'longer is better';
  return `<text class="title" x="0" y="14">${escapeXml(title)} <tspan font-weight="400">(${escapeXml(unit)} to the floor; ${better})</tspan></text>
${rows.map(bar).join('\n')}
<line class="one" x1="${round(at(1))}" x2="${round(at(1))}" y1="${HEAD - 8}" y2="${HEAD + rows.length * ROW}"/>`;
}

function shorten(name: string): string {
  return name.length <= 52 ? name : `${name.slice(0, 51)}…`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
