import type { Normalised } from '../event/event.ts';
import type { UnreadableHead, UnreadableLine } from '../intake/record.ts';

const decoder = new TextDecoder();

/** Lines of a file that could not be read, as dead letters: `file:IMPORT:line-N`. Pure. */
export function normaliseUnreadable(head: UnreadableHead, body: Uint8Array): Normalised {
  const lines = JSON.parse(decoder.decode(body)) as readonly UnreadableLine[];
  const deadLetters = lines.map(({ line, reason, text }) => ({
    id: `file:${head.importId}:line-${line}`,
    source: head.source,
    receivedAtUs: head.receivedAtUs,
    reason: `line ${line}: ${reason}`,
    content: text,
  }));
  return { events: [], deadLetters };
}
