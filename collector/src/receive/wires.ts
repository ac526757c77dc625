import { cloudEvents } from './cloudevents/events.ts';
import type { HttpWire } from './http/wire.ts';
import { otlpLogs } from './otlp/logs.ts';
import { otlpTraces } from './otlp/traces.ts';
import { zeebeElasticsearch, zeebeElasticsearchAtRoot } from './records/elasticsearch.ts';
import { engineRecords } from './records/records.ts';

/** Every wire that is spoken over HTTP; all are on the main port and on the OTLP port. */
export const HTTP_WIRES: readonly HttpWire[] = [
  otlpTraces,
  otlpLogs,
  cloudEvents,
  engineRecords,
  zeebeElasticsearch,
];

/** What else is on the OTLP port, which has no dashboard: whatever is at no other path is taken for a call of Zeebe's exporter. */
export const OTLP_PORT_WIRES: readonly HttpWire[] = [...HTTP_WIRES, zeebeElasticsearchAtRoot];

/** Methods of gRPC, by path, and the wires that read their messages. */
export const GRPC_METHODS: ReadonlyMap<string, HttpWire> = new Map([
  ['/opentelemetry.proto.collector.trace.v1.TraceService/Export', otlpTraces],
  ['/opentelemetry.proto.collector.logs.v1.LogsService/Export', otlpLogs],
]);
