import { readTraceRequestJson } from '../otlp/json.ts';
import { isTraced, logRefusal } from '../otlp/log-record.ts';
import { readLogsRequestJson } from '../otlp/logs-json.ts';
import { refusal } from '../otlp/span.ts';
import type { LineFormat, ReadLine } from './line-format.ts';
import type { Line } from './lines.ts';
import type { Rejection } from './report.ts';

const SIGNALS = /^\s*\{\s*"(?:resourceSpans|resourceLogs|resourceMetrics|resourceProfiles)"\s*:/;
const SPANS = '"resourceSpans"';
const LOGS = '"resourceLogs"';
const NEWLINE = Buffer.from('\n');

/**
 * OTLP in JSON, a request a line, as the file exporter of the OpenTelemetry Collector writes it: traces and logs. Lines of other signals,
 * and of logs that belong to no trace, are no events.
 */
export const otlpLines: LineFormat = {
  name: 'otlp',
  skippedNote: 'lines hold neither spans nor log records of a trace (metrics, for one), and are left out',
  matches: (firstLine) => SIGNALS.test(firstLine),
  read(line, nowUs): ReadLine {
    try {
      if (line.bytes.includes(SPANS)) return spansOf(line, nowUs);
      if (line.bytes.includes(LOGS)) return logsOf(line, nowUs);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { kind: 'unreadable', reason: `the line is no OTLP request in JSON: ${reason}` };
    }
    return SIGNALS.test(line.bytes.toString('utf8', 0, 200))
      ? { kind: 'skipped' }
      : {
          kind: 'unreadable',
          reason: 'the line is no OTLP request: it has neither resourceSpans nor resourceLogs',
        };
  },
  /** Lines hold no line breaks, since JSON escapes them in texts. */
  record: (lines, wire) => ({
    head: { wire: wire === 'otlp-logs' ? wire : 'otlp', encoding: 'json-lines' },
    body: Buffer.concat(lines.flatMap((line) => [line, NEWLINE])),
  }),
};

function spansOf({ bytes, number }: Line, nowUs: number): ReadLine {
  const rejections: Rejection[] = [];
  const items = readTraceRequestJson(bytes, (span) => {
    const reason = refusal(span, nowUs);
    if (reason !== undefined) rejections.push({ line: number, reason });
  });
  return items === 0 ? { kind: 'skipped' } : { kind: 'kept', wire: 'otlp', bytes, items, rejections };
}

function logsOf({ bytes, number }: Line, nowUs: number): ReadLine {
  const rejections: Rejection[] = [];
  let items = 0;
  readLogsRequestJson(bytes, (record) => {
    if (!isTraced(record)) return;
    items += 1;
    const reason = logRefusal(record, nowUs);
    if (reason !== undefined) rejections.push({ line: number, reason });
  });
  return items === 0 ? { kind: 'skipped' } : { kind: 'kept', wire: 'otlp-logs', bytes, items, rejections };
}
