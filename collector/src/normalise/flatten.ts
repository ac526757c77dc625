import { memberPath } from '../config/path.ts';
import type { AttributeValue } from '../event/event.ts';
import { ATTRIBUTES_MAX } from './bounds.ts';

const DEPTH_MAX = 16;
const NAMES_MAX = 20_000;

/**
 * Adds what JSON says as attributes named by their paths (`value.order.id`); what is deeper than {@link DEPTH_MAX}, and arrays, as
 * JSON. Stops one after the most that an event may have, so that the cut is seen where it is bounded.
 */
export function flatten(path: string, json: unknown, into: Record<string, AttributeValue>): void {
  let left = ATTRIBUTES_MAX + 1;
  const add = (at: string, value: unknown, depth: number): void => {
    if (value === null || value === undefined || left <= 0) return;
    if (typeof value !== 'object') {
      if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return;
      into[at] = value;
      left--;
    } else if (Array.isArray(value) || depth === DEPTH_MAX) {
      into[at] = jsonText(value);
      left--;
    } else
      for (const name in value) add(nameOf(at, name), (value as Record<string, unknown>)[name], depth + 1);
  };
  add(path, json, 0);
}

/** As JSON; what is nested deeper than this can be written leaves an ellipsis. Reading has no such limit. */
export function jsonText(json: unknown): string {
  try {
    return JSON.stringify(json) ?? '';
  } catch (error) {
    if (error instanceof RangeError) return '…';
    throw error;
  }
}

const names = new Map<string, Map<string, string>>();
let count = 0;

/** Events of one sort have the same names: each is made once, and is then one and the same text. */
function nameOf(above: string, member: string): string {
  let below = names.get(above);
  const known = below?.get(member);
  if (known !== undefined) return known;
  if (count++ >= NAMES_MAX) {
    names.clear();
    count = 1;
    below = undefined;
  }
  if (below === undefined) {
    below = new Map();
    names.set(above, below);
  }
  const name = memberPath(above, member);
  below.set(member, name);
  return name;
}
