import type { Json, JsonObject } from '../json.ts';
import type { PositionMap } from './position-map.ts';

/**
 * An archived iteration for the log that it is brought into: what it saw it tells by positions, which are others there.
 * The line's own text where none of them moved.
 */
export function carryIteration(text: string, positions: PositionMap): string {
  const change = JSON.parse(text) as { data: JsonObject };
  let hasMoved = false;

  function carry(value: JsonObject): JsonObject {
    const { sawPosition } = value;
    const here = typeof sawPosition === 'number' ? positions.toHere(sawPosition) : undefined;
    if (here === undefined || here === sawPosition) return value;
    hasMoved = true;
    return { ...value, sawPosition: here };
  }

  const data = carry(change.data);
  if (Array.isArray(data.reads)) data.reads = data.reads.map((read) => (isObject(read) ? carry(read) : read));
  return hasMoved ? JSON.stringify({ ...change, data }) : text;
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
