import { exportWire } from './export-wire.ts';
import { readTraceRequestJson } from './json.ts';
import { readTraceRequest } from './protobuf.ts';
import { refusal } from './span.ts';

/** Spans: `POST /v1/traces`, and TraceService over gRPC. */
export const otlpTraces = exportWire({
  wire: 'otlp',
  path: '/v1/traces',
  request: 'ExportTraceServiceRequest',
  items: 'spans',
  rejectedField: 'rejectedSpans',
  check(body, encoding, receivedAtUs) {
    let rejected = 0;
    let firstReason = '';
    const read = encoding === 'json' ? readTraceRequestJson : readTraceRequest;
    const items = read(body, (span) => {
      const reason = refusal(span, receivedAtUs);
      if (reason === undefined) return;
      if (rejected === 0) firstReason = reason;
      rejected++;
    });
    return { items, ignored: 0, rejected, firstReason };
  },
});
