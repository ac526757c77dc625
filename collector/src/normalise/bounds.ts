import { createHash } from 'node:crypto';
import type { AttributeValue, EventFlag } from '../event/event.ts';

/** Attributes of one event; those after it, in the order they came, are left out and flagged `attributes-cut`. */
export const ATTRIBUTES_MAX = 128;
/** Characters of a textual attribute value; a longer one is cut and flagged `value-cut`. */
export const VALUE_LENGTH_MAX = 4096;
/** Characters of an attribute's name; an attribute with a longer one is left out and flagged `attributes-cut`. */
export const NAME_LENGTH_MAX = 256;
/** Characters of a business key; a longer one is cut by {@link boundKey} and flagged `key-cut`. */
export const KEY_LENGTH_MAX = 512;

const KEY_HEAD_LENGTH = 480;
const DIGEST_LENGTH = KEY_LENGTH_MAX - KEY_HEAD_LENGTH - 1;
const NO_FLAGS: readonly EventFlag[] = [];

type Attributes = Readonly<Record<string, AttributeValue>>;

export type BoundedAttributes = { readonly attributes: Attributes; readonly flags: readonly EventFlag[] };

/** The attributes themselves when they fit (the usual case: nothing is copied), else a copy that does, with its flags. */
export function boundAttributes(attributes: Attributes): BoundedAttributes {
  let count = 0;
  for (const name in attributes) {
    const value = attributes[name];
    count += 1;
    if (count > ATTRIBUTES_MAX || name.length > NAME_LENGTH_MAX) return cutAttributes(attributes);
    if (typeof value === 'string' && value.length > VALUE_LENGTH_MAX) return cutAttributes(attributes);
  }
  return { attributes, flags: NO_FLAGS };
}

function cutAttributes(attributes: Attributes): BoundedAttributes {
  const kept: Record<string, AttributeValue> = {};
  const flags = new Set<EventFlag>();
  let count = 0;
  for (const [name, value] of Object.entries(attributes)) {
    if (count === ATTRIBUTES_MAX || name.length > NAME_LENGTH_MAX) {
      flags.add('attributes-cut');
      continue;
    }
    count += 1;
    if (typeof value === 'string' && value.length > VALUE_LENGTH_MAX) {
      flags.add('value-cut');
      kept[name] = cutText(value, VALUE_LENGTH_MAX);
    } else kept[name] = value;
  }
  return { attributes: kept, flags: [...flags] };
}

/**
 * A key that fits. One over {@link KEY_LENGTH_MAX} characters becomes its first 480 and a digest of the whole, so that two
 * different keys stay different however late they differ.
 */
export function boundKey(key: string): { readonly value: string; readonly cut: boolean } {
  if (key.length <= KEY_LENGTH_MAX) return { value: key, cut: false };
  const digest = createHash('sha256').update(key).digest('hex').slice(0, DIGEST_LENGTH);
  return { value: `${cutText(key, KEY_HEAD_LENGTH)}#${digest}`, cut: true };
}

/** The first characters of a text, never half of a surrogate pair. */
export function cutText(text: string, length: number): string {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, splitsPair ? length - 1 : length);
}
