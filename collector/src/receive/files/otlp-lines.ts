import { readTraceRequestJson } from '../otlp/json.ts';
import { refusal } from '../otlp/span.ts';
import type { LineFormat, ReadLine } from './line-format.ts';
import type { Rejection } from './report.ts';

const SIGNALS = /^\s*\{\s*"(?:resourceSpans|resourceLogs|resourceMetrics|resourceProfiles)"\s*:/;
const SPANS = '"resourceSpans"';
const NEWLINE = Buffer.from('\n');

/**
 * OTLP in JSON, a request a line, as the file exporter of the OpenTelemetry Collector writes it. Lines of other signals are no
 * events.
 */
export const otlpLines: LineFormat = {
  name: 'otlp',
  skippedNote: 'lines hold no spans but metrics or logs, and are left out',
  matches: (firstLine) => SIGNALS.test(firstLine),
  read({ bytes, number }, nowUs): ReadLine {
    if (!bytes.includes(SPANS)) {
      return SIGNALS.test(bytes.toString('utf8', 0, 200))
        ? { kind: 'skipped' }
        : { kind: 'unreadable', reason: 'the line is no OTLP request: it has no resourceSpans' };
    }
    const rejections: Rejection[] = [];
    try {
      const items = readTraceRequestJson(bytes, (span) => {
        const reason = refusal(span, nowUs);
        if (reason !== undefined) rejections.push({ line: number, reason });
      });
      return items === 0 ? { kind: 'skipped' } : { kind: 'kept', bytes, items, rejections };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { kind: 'unreadable', reason: `the line is no ExportTraceServiceRequest in JSON: ${reason}` };
    }
  },
  /** Lines hold no line breaks, since JSON escapes them in texts. */
  record: (lines) => ({
    head: { wire: 'otlp', encoding: 'json-lines' },
    body: Buffer.concat(lines.flatMap((line) => [line, NEWLINE])),
  }),
};
