import type { EngineRecord } from './record.ts';
import type { AnySchema } from './value-schema.ts';
import { VALUE_TYPES } from './value-types.ts';

/**
 * The record as one line of JSON, as Zeebe's exporters write it: documents as objects, keys as whole numerals, which
 * from partition 4 on need a reader that keeps integers beyond 2^53. What it costs is most of what an export costs.
 */
export function recordToJson(record: EngineRecord): string {
  const { partitionId, position, sourceRecordPosition, key, timestamp, recordType, valueType, intent } =
    record;
  const { rejectionType, rejectionReason, value, brokerVersion, recordVersion } = record;
  return (
    `{"partitionId":${partitionId},"position":${position},"sourceRecordPosition":${sourceRecordPosition},` +
    `"key":${key},"timestamp":${timestamp},"recordType":"${recordType}","valueType":"${valueType}",` +
    `"intent":"${intent}","rejectionType":"${rejectionType}","rejectionReason":${quoted(rejectionReason)},` +
    `"brokerVersion":${quoted(brokerVersion)},"recordVersion":${recordVersion},` +
    `"value":${sharedValueToJson(VALUE_TYPES[valueType], value)}}`
  );
}

/** Records that follow from one another often have the very same value, which nobody changes. */
let last: { readonly value: object; readonly text: string } | undefined;

function sharedValueToJson(schema: AnySchema, value: object): string {
  if (last?.value !== value) last = { value, text: valueToJson(schema, value) };
  return last.text;
}

function valueToJson(schema: AnySchema, value: object): string {
  let text = '';
  for (const { field, lead, form } of planOf(schema)) {
    const content = (value as Readonly<Record<string, unknown>>)[field];
    text += lead;
    if (form === 'plain') text += json(content);
    else if (form === 'document') text += content as string;
    else text += `[${(content as readonly object[]).map((one) => valueToJson(form, one)).join(',')}]`;
  }
  return text === '' ? '{}' : `${text}}`;
}

/** How a field is written: what stands before it, and its form; a schema for a list of such values. */
type Writing = {
  readonly field: string;
  readonly lead: string;
  readonly form: 'plain' | 'document' | AnySchema;
};

const plans = new Map<AnySchema, readonly Writing[]>();

function planOf(schema: AnySchema): readonly Writing[] {
  const known = plans.get(schema);
  if (known !== undefined) return known;
  const plan = schema.fields
    .filter((field) => !schema.internal.has(field))
    .map((field, index) => ({
      field,
      lead: `${index === 0 ? '{' : ','}"${field}":`,
      form: formOf(schema, field),
    }));
  plans.set(schema, plan);
  return plan;
}

function formOf(schema: AnySchema, field: string): Writing['form'] {
  return schema.documents.has(field) ? 'document' : (schema.lists.get(field) ?? 'plain');
}

/** All but quotes, backslashes, control characters and halves of surrogate pairs can stand in JSON as it is. */
const ESCAPED = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;

/** Faster than JSON.stringify where nothing is to be escaped, as in nearly all of them. */
function quoted(text: string): string {
  return ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** JSON with bigints as numerals. */
export function json(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'bigint' || typeof value === 'boolean' || Number.isFinite(value)) return `${value}`;
  if (typeof value !== 'object' || value === null) return 'null'; // as JSON.stringify does in lists
  if (Array.isArray(value)) return `[${value.map(json).join(',')}]`;
  const fields = Object.entries(value).filter(([, content]) => content !== undefined);
  return `{${fields.map(([name, content]) => `${JSON.stringify(name)}:${json(content)}`).join(',')}}`;
}
