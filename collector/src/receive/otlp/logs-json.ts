import {
  anyValueOf,
  attributesOf,
  enumOf,
  forEachOfGroups,
  idOf,
  instantOf,
  type Json,
  parseRequest,
  textOf,
} from './json-value.ts';
import { emptyLogRecord, type LogVisitor, type OtlpLogRecord } from './log-record.ts';
import { flatValue } from './value.ts';

/**
 * Reads an ExportLogsServiceRequest in OTLP's JSON encoding, like {@link readTraceRequestJson}.
 *
 * @returns the number of log records.
 * @throws SyntaxError when it is not JSON, TypeError naming the field when it is not that message, RangeError when a value is
 *   nested too deep.
 */
export function readLogsRequestJson(body: Uint8Array, visit: LogVisitor): number {
  const names = { groups: 'resourceLogs', scopes: 'scopeLogs', items: 'logRecords' };
  return forEachOfGroups(parseRequest(body), names, (json, resource, index) =>
    visit(recordOf(json, `logRecords[${index}]`), resource, index),
  );
}

function recordOf(json: Json, at: string): OtlpLogRecord {
  const record = emptyLogRecord();
  record.traceId = idOf(json['traceId'], `${at}.traceId`);
  record.spanId = idOf(json['spanId'], `${at}.spanId`);
  record.time = instantOf(json['timeUnixNano'], `${at}.timeUnixNano`);
  record.observedTime = instantOf(json['observedTimeUnixNano'], `${at}.observedTimeUnixNano`);
  record.severityNumber = enumOf(
    json['severityNumber'],
    SEVERITIES,
    'SEVERITY_NUMBER_',
    `${at}.severityNumber`,
  );
  record.eventName = textOf(json['eventName'], `${at}.eventName`);
  record.body = flatValue(anyValueOf(json['body'], `${at}.body`, 0));
  record.attributes = attributesOf(json['attributes'], `${at}.attributes`);
  return record;
}

const SEVERITIES = [
  'UNSPECIFIED',
  ...['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].flatMap((level) => [
    level,
    `${level}2`,
    `${level}3`,
    `${level}4`,
  ]),
];
