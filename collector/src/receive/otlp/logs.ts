import { exportWire } from './export-wire.ts';
import { isTraced, logRefusal } from './log-record.ts';
import { readLogsRequestJson } from './logs-json.ts';
import { readLogsRequest } from './logs-protobuf.ts';

/**
 * Log records: `POST /v1/logs`, and LogsService over gRPC. Which of them are events is for the configuration to say, so a request
 * is stored whole, and can be read again with other keys, when at least one of its records belongs to a trace.
 */
export const otlpLogs = exportWire({
  wire: 'otlp-logs',
  path: '/v1/logs',
  request: 'ExportLogsServiceRequest',
  items: 'log records',
  rejectedField: 'rejectedLogRecords',
  check(body, encoding, receivedAtUs) {
    let ignored = 0;
    let rejected = 0;
    let firstReason = '';
    const read = encoding === 'json' ? readLogsRequestJson : readLogsRequest;
    const items = read(body, (record) => {
      if (!isTraced(record)) {
        ignored++;
        return;
      }
      const reason = logRefusal(record, receivedAtUs);
      if (reason === undefined) return;
      if (rejected === 0) firstReason = reason;
      rejected++;
    });
    return { items, ignored, rejected, firstReason };
  },
});
