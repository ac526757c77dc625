import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { Normalised } from '../event/event.ts';
import type { RefusedHead } from '../intake/record.ts';
import { cutText } from './bounds.ts';

const CONTENT_LENGTH_MAX = 16 * 1024;

/** The same body that is refused again for the same reason is the same dead letter. */
export function normaliseRefused(head: RefusedHead, body: Uint8Array): Normalised {
  const digest = createHash('sha256').update(`${head.name}\0${head.reason}\0`).update(body).digest('hex');
  const text = isUtf8(body) ? Buffer.from(body).toString() : `base64:${Buffer.from(body).toString('base64')}`;
  const letter = {
    id: `${head.name}:refused:${digest.slice(0, 32)}`,
    source: head.name,
    receivedAtUs: head.receivedAtUs,
    reason: head.reason,
    content: cutText(text, CONTENT_LENGTH_MAX),
  };
  return { events: [], deadLetters: [letter] };
}
