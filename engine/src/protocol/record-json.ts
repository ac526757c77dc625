import type { EngineRecord } from './record.ts';
import type { AnySchema } from './value-schema.ts';
import { VALUE_TYPES } from './value-types.ts';

/**
 * The record as one line of JSON, as Zeebe's exporters write it: documents as objects, keys as whole numerals, which
 * from partition 4 on need a reader that keeps integers beyond 2^53.
 */
export function recordToJson(record: EngineRecord): string {
  const { value, ...rest } = record;
  const schema = VALUE_TYPES[record.valueType];
  return `${json(rest).slice(0, -1)},"value":${valueToJson(schema, value)}}`;
}

function valueToJson(schema: AnySchema, value: object): string {
  const fields = Object.entries(value).flatMap(([field, content]) => {
    if (schema.internal.has(field)) return [];
    const list = schema.lists.get(field);
    let text: string;
    if (schema.documents.has(field)) text = content as string;
    else if (list === undefined) text = json(content);
    else text = `[${(content as readonly object[]).map((one) => valueToJson(list, one)).join(',')}]`;
    return [`"${field}":${text}`];
  });
  return `{${fields.join(',')}}`;
}

/** JSON with bigints as numerals. */
export function json(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(json).join(',')}]`;
  const fields = Object.entries(value).filter(([, content]) => content !== undefined);
  return `{${fields.map(([name, content]) => `${JSON.stringify(name)}:${json(content)}`).join(',')}}`;
}
