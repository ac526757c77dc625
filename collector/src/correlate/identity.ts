import { createHash } from 'node:crypto';

/**
 * The public id of an instance: a digest of scope, flow and one key. Every id that was ever handed out is the digest of a key
 * that is still in the instance, so that it resolves after any merge. 96 bits as 24 hexadecimal characters.
 */
export function instanceId(scope: string, flow: string, key: string): string {
  return createHash('sha256').update(`${scope}\0${flow}\0${key}`).digest('hex').slice(0, 24);
}

/** The smallest key names the instance, whatever order the events came in. */
export function smallestKey(keys: Iterable<string>): string {
  let smallest: string | undefined;
  for (const key of keys) if (smallest === undefined || key < smallest) smallest = key;
  if (smallest === undefined) throw new RangeError('an instance has at least one key');
  return smallest;
}
