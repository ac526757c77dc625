import type { AnySchema } from './value-schema.ts';

/** The value as the list of its fields in the order of its schema. */
export function encodeValue(schema: AnySchema, value: object): unknown[] {
  const stored: unknown[] = [];
  for (const field of schema.fields) {
    const content = (value as Readonly<Record<string, unknown>>)[field];
    const list = schema.lists.get(field);
    stored.push(
      list === undefined ? content : (content as readonly object[]).map((one) => encodeValue(list, one)),
    );
  }
  return stored;
}

/** What `encodeValue` made; fields that are younger than what was stored have their defaults. */
export function decodeValue(schema: AnySchema, stored: readonly unknown[]): object {
  const value: Record<string, unknown> = {};
  for (const [index, field] of schema.fields.entries()) {
    const content = stored[index];
    const list = schema.lists.get(field);
    if (content === undefined) value[field] = (schema.defaults as Record<string, unknown>)[field];
    else if (list === undefined) value[field] = typeof content === 'string' ? interned(content) : content;
    else value[field] = (content as unknown[][]).map((one) => decodeValue(list, one));
  }
  return value;
}

/** Ids and names come again in every record: after a replay the state holds each of them once. */
function interned(text: string): string {
  if (text.length > INTERNED_CHARACTERS_MAX) return text;
  const known = texts.get(text);
  if (known !== undefined) return known;
  if (texts.size >= INTERNED_MAX) texts.clear();
  texts.set(text, text);
  return text;
}

const INTERNED_CHARACTERS_MAX = 64;
const INTERNED_MAX = 4096;
const texts = new Map<string, string>();
