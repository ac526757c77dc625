import { readTraceRequestJson } from './json.ts';
import type { SpanVisitor } from './span.ts';

const NEWLINE = 10;

/**
 * Reads requests in OTLP's JSON encoding, one a line and each line ended: the form in which files keep them. `index` counts over
 * all of them.
 *
 * @returns the number of spans.
 * @throws as {@link readTraceRequestJson}.
 */
export function readTraceRequestLines(body: Uint8Array, visit: SpanVisitor): number {
  let spans = 0;
  let from = 0;
  for (let end = body.indexOf(NEWLINE); end !== -1; end = body.indexOf(NEWLINE, from)) {
    const before = spans;
    spans += readTraceRequestJson(body.subarray(from, end), (span, resource, index) =>
      visit(span, resource, before + index),
    );
    from = end + 1;
  }
  return spans;
}
