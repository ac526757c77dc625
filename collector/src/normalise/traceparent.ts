import type { SpanReference } from '../event/event.ts';

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?$/;

/** The span that a W3C `traceparent` names (Trace Context, level 2); undefined where the text is none. */
export function parseTraceparent(text: string): SpanReference | undefined {
  const match = TRACEPARENT.exec(text.trim());
  if (match === null) return undefined;
  return { traceId: match[1] ?? '', spanId: match[2] ?? '' };
}
