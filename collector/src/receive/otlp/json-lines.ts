import { readTraceRequestJson } from './json.ts';
import type { LogVisitor } from './log-record.ts';
import { readLogsRequestJson } from './logs-json.ts';
import type { SpanVisitor } from './span.ts';

/**
 * Requests in OTLP's JSON encoding, one a line and each line ended: the form in which files keep them. `index` counts over all of them.
 *
 * @returns the number of spans. @throws as {@link readTraceRequestJson}.
 */
export const readTraceRequestLines = (body: Uint8Array, visit: SpanVisitor): number =>
  eachLine(body, (line, before) =>
    readTraceRequestJson(line, (span, resource, index) => visit(span, resource, before + index)),
  );

/** The same of requests with log records. */
export const readLogsRequestLines = (body: Uint8Array, visit: LogVisitor): number =>
  eachLine(body, (line, before) =>
    readLogsRequestJson(line, (record, resource, index) => visit(record, resource, before + index)),
  );

const NEWLINE = 10;

/** @param read gets how many were read before; returns how many there are in its line. */
function eachLine(body: Uint8Array, read: (line: Uint8Array, before: number) => number): number {
  let items = 0;
  let from = 0;
  for (let end = body.indexOf(NEWLINE); end !== -1; end = body.indexOf(NEWLINE, from)) {
    items += read(body.subarray(from, end), items);
    from = end + 1;
  }
  return items;
}
