import { emptyLogRecord, type LogVisitor, type OtlpLogRecord } from './log-record.ts';
import {
  fixed64,
  message,
  readAnyValue,
  readAttribute,
  readGroups,
  readInstant,
  varint,
} from './protobuf-value.ts';
import { flatValue } from './value.ts';
import { WireReader } from './wire.ts';

/**
 * Reads an ExportLogsServiceRequest (opentelemetry-proto 1.x, `logs_service.proto`), like {@link readTraceRequest}.
 *
 * @returns the number of log records.
 * @throws RangeError naming the byte when the bytes are not that message.
 */
export function readLogsRequest(body: Uint8Array, visit: LogVisitor): number {
  let index = 0;
  readGroups(new WireReader(body), (reader, resource) => {
    visit(readLogRecord(reader), resource, index);
    index++;
  });
  return index;
}

const RECORD = {
  time: fixed64(1),
  severityNumber: varint(2),
  body: message(5),
  attributes: message(6),
  traceId: message(9),
  spanId: message(10),
  observedTime: fixed64(11),
  eventName: message(12),
} as const;

function readLogRecord(reader: WireReader): OtlpLogRecord {
  const record = emptyLogRecord();
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    switch (tag) {
      case RECORD.time:
        record.time = readInstant(reader);
        break;
      case RECORD.severityNumber:
        record.severityNumber = reader.int32();
        break;
      case RECORD.body:
        record.body = flatValue(readAnyValue(reader, 0));
        break;
      case RECORD.attributes:
        readAttribute(reader, record.attributes);
        break;
      case RECORD.traceId:
        record.traceId = reader.hexadecimal();
        break;
      case RECORD.spanId:
        record.spanId = reader.hexadecimal();
        break;
      case RECORD.observedTime:
        record.observedTime = readInstant(reader);
        break;
      case RECORD.eventName:
        record.eventName = reader.text();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.leave(outer);
  return record;
}
