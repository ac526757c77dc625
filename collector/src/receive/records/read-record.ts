import { parseExactJson } from './exact-json.ts';
import type { Fact, RecordPlace } from './fact.ts';
import { type Fields, fail, integer, isFields, RecordProblem, text, textOrNone } from './fields.ts';
import { READERS } from './value-readers.ts';

const PARTITION_MAX = 8191;
const POSITION_MAX = 2 ** 49 - 1;
/** Of a JavaScript date. */
const TIME_MAX_MS = 8_640_000_000_000;
const RECORD_TYPES = new Set(['EVENT', 'COMMAND', 'COMMAND_REJECTION']);
const DEFAULT_TENANT = '<default>';

/**
 * One exporter record, as Zeebe and our own engine write it: what it says of process instances.
 *
 * @throws RecordProblem that names the field when it is none.
 */
export function readRecord(line: string): Fact {
  const record = parsed(line);
  const valueType = text(record, 'valueType');
  const intent = text(record, 'intent');
  const recordType = text(record, 'recordType');
  if (!RECORD_TYPES.has(recordType)) fail('recordType', [...RECORD_TYPES].join(' or '), recordType);
  const value = record['value'];
  if (!isFields(value)) return fail('value', 'an object', value);
  const tenant = textOrNone(value, 'tenantId');
  const place: RecordPlace = {
    partition: integer(record, 'partitionId', 1, PARTITION_MAX),
    position: integer(record, 'position', 0, POSITION_MAX),
    timeUs: integer(record, 'timestamp', 0, TIME_MAX_MS) * 1000,
    record: `${valueType} ${intent}`,
    tenant: tenant === DEFAULT_TENANT ? '' : tenant,
  };
  const read = Object.hasOwn(READERS, valueType) ? READERS[valueType] : undefined;
  if (recordType !== 'EVENT' || read === undefined) return { ...place, kind: 'ignored' };
  return { ...place, ...read(value, intent, record) };
}

function parsed(line: string): Fields {
  let record: unknown;
  try {
    record = parseExactJson(line);
  } catch (error) {
    throw new RecordProblem(`not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  return isFields(record) ? record : fail('record', 'a JSON object', record);
}
