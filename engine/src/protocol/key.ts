/**
 * Keys as in Zeebe: the partition in the high bits, a counter of that partition below. They exceed 2^53 from partition
 * 4 on, so they are bigints in memory and are written to JSON as whole numerals or, to browsers, as strings.
 */
export type Key = bigint & { readonly __brand: 'Key' };

/** In a record: belongs to nothing, or is not known yet. */
export const NO_KEY: Key = -1n as Key;

const COUNTER_BITS = 51n;
const COUNTER_MASK = (1n << COUNTER_BITS) - 1n;

/** The key with this number of that partition. Both from 1 on. */
export function keyOf(partitionId: number, counter: number): Key {
  return ((BigInt(partitionId) << COUNTER_BITS) + BigInt(counter)) as Key;
}

/** The partition that made the key, and that alone knows what it names. 0 or less for what is no key. */
export function partitionOf(key: Key): number {
  return Number(key >> COUNTER_BITS);
}

/** The number of the key within its partition. */
export function counterOf(key: Key): number {
  return Number(key & COUNTER_MASK);
}

/** As people see it: `2-42`. */
export function formatKey(key: Key): string {
  return `${partitionOf(key)}-${counterOf(key)}`;
}

/** Reads `2-42` and plain numerals; undefined for anything else. */
export function parseKey(text: string): Key | undefined {
  const parts = /^(\d{1,4})-(\d{1,16})$/.exec(text);
  if (parts !== null) return keyOf(Number(parts[1]), Number(parts[2]));
  return /^\d{1,19}$/.test(text) ? (BigInt(text) as Key) : undefined;
}
