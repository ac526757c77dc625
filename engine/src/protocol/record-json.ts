import type { EngineRecord } from './record.ts';
import type { AnySchema } from './value-schema.ts';
import { VALUE_TYPES } from './value-types.ts';

/**
 * The record as one line of JSON, as Zeebe's exporters write it: documents as objects, keys as whole numerals, which
 * from partition 4 on need a reader that keeps integers beyond 2^53. What it costs is most of what an export costs.
 */
export function recordToJson(record: EngineRecord): string {
  let text = '';
  for (const field in record) {
    if (field !== 'value') text += `"${field}":${json(record[field as keyof EngineRecord])},`;
  }
  return `{${text}"value":${valueToJson(VALUE_TYPES[record.valueType], record.value)}}`;
}

function valueToJson(schema: AnySchema, value: object): string {
  let text = '';
  for (const field in value) {
    const content = (value as Readonly<Record<string, unknown>>)[field];
    const form = formOf(schema, field);
    if (form === 'internal') continue;
    if (text !== '') text += ',';
    text += `"${field}":`;
    if (form === 'plain') text += json(content);
    else if (form === 'document') text += content as string;
    else text += `[${(content as readonly object[]).map((one) => valueToJson(form, one)).join(',')}]`;
  }
  return `{${text}}`;
}

/** How a field is written: a schema for a list of such values. */
type Form = 'plain' | 'document' | 'internal' | AnySchema;

const forms = new Map<AnySchema, Map<string, Form>>();

function formOf(schema: AnySchema, field: string): Form {
  let known = forms.get(schema);
  if (known === undefined) {
    known = new Map();
    forms.set(schema, known);
  }
  let form = known.get(field);
  if (form === undefined) {
    if (schema.internal.has(field)) form = 'internal';
    else if (schema.documents.has(field)) form = 'document';
    else form = schema.lists.get(field) ?? 'plain';
    known.set(field, form);
  }
  return form;
}

/** JSON with bigints as numerals. */
export function json(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint' || typeof value === 'boolean' || Number.isFinite(value)) return `${value}`;
  if (typeof value !== 'object' || value === null) return 'null'; // as JSON.stringify does in lists
  if (Array.isArray(value)) return `[${value.map(json).join(',')}]`;
  const fields = Object.entries(value).filter(([, content]) => content !== undefined);
  return `{${fields.map(([name, content]) => `${JSON.stringify(name)}:${json(content)}`).join(',')}}`;
}
