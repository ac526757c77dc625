import type { AttributeValue } from '../../event/event.ts';
import { type Instant, isSpanId, isTraceId, type OtlpResource, shown, timeFault } from './span.ts';

/** A log record as it came over the wire, before any meaning is read into it. Ids are lower-case hexadecimal. */
export type OtlpLogRecord = {
  traceId: string;
  spanId: string;
  time: Instant;
  observedTime: Instant;
  /** SeverityNumber: 1 to 24, 0 where it was not said; 17 and more are errors. */
  severityNumber: number;
  eventName: string;
  /** A text or another plain value; arrays and maps as their JSON. */
  body: AttributeValue | undefined;
  attributes: Record<string, AttributeValue>;
};

/** Called for each record in the order of the request; `index` counts from 0 over the whole request. */
export type LogVisitor = (record: OtlpLogRecord, resource: OtlpResource, index: number) => void;

export const SEVERITY_ERROR = 17;

export function emptyLogRecord(): OtlpLogRecord {
  return {
    traceId: '',
    spanId: '',
    time: { us: 0, ns: 0 },
    observedTime: { us: 0, ns: 0 },
    severityNumber: 0,
    eventName: '',
    body: undefined,
    attributes: {},
  };
}

/**
 * Whether the record belongs to a trace. A trace id that is none counts as missing (`logs.proto`, LogRecord.trace_id). Without one a
 * record can be no event, whatever the configuration says.
 */
export function isTraced(record: OtlpLogRecord): boolean {
  return isTraceId(record.traceId);
}

/** The span that wrote the record; empty where none is said, or none that can be. */
export function spanIdOf(record: OtlpLogRecord): string {
  return isSpanId(record.spanId) ? record.spanId : '';
}

/** When it happened; where its sender did not know, when it was observed (logs data model, "Timestamp"). */
export function timeOf(record: OtlpLogRecord): Instant {
  return record.time.us === 0 ? record.observedTime : record.time;
}

/** Why a traced record can't be accepted, or undefined when it can. Asked at both ends of the pipe, like that of spans. */
export function logRefusal(record: OtlpLogRecord, receivedAtUs: number): string | undefined {
  const field = record.time.us === 0 ? 'observed_time_unix_nano' : 'time_unix_nano';
  const fault = timeFault(field, timeOf(record), receivedAtUs);
  return fault === undefined ? undefined : `log record '${shown(nameOf(record))}': ${fault}`;
}

function nameOf(record: OtlpLogRecord): string {
  return record.eventName === '' ? String(record.body ?? '') : record.eventName;
}
