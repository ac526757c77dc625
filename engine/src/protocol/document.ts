/**
 * A JSON object as text. Variables travel and are kept in this form: it can't be changed by whoever holds it, takes
 * less memory than objects, and goes to a log or a worker without being taken apart.
 */
export type Document = string & { readonly __brand: 'Document' };

/** Any JSON value as text: what a variable is. */
export type JsonText = string & { readonly __brand: 'JsonText' };

export const EMPTY_DOCUMENT: Document = '{}' as Document;

/** Thrown for what can't be a document; its message continues "Expected variables …". */
export class DocumentError extends Error {
  override readonly name = 'DocumentError';
}

/**
 * The object as a document. What JSON can't say goes the way of `JSON.stringify`; half surrogate pairs become U+FFFD,
 * since UTF-8 can't hold them. Throws DocumentError for what is not an object, is cyclic, holds a bigint or a key
 * `__proto__`, or is longer than `maxLength` characters.
 */
export function documentOf(value: unknown, maxLength: number): Document {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new DocumentError(`to be an object, but got ${describe(value)}`);
  }
  const text = jsonOf(value);
  if (text[0] !== '{') throw new DocumentError(`to be an object, but got ${describe(value)}`);
  if (text.length > maxLength) {
    throw new DocumentError(`of at most ${maxLength} characters, but got ${text.length}`);
  }
  if (text.includes('"__proto__"')) throw new DocumentError("without a name '__proto__', but got one");
  return text as Document;
}

/** The top level of the document: names and the JSON of their values. */
export function entriesOf(document: Document): [string, JsonText][] {
  if (document === EMPTY_DOCUMENT) return [];
  return Object.entries(parseDocument(document)).map(([name, value]) => [
    name,
    JSON.stringify(value) as JsonText,
  ]);
}

/** A fresh object: the caller may change it. */
export function parseDocument(document: Document): Record<string, unknown> {
  return JSON.parse(document) as Record<string, unknown>;
}

/** Puts a document together; a name must not come twice. */
export function joinDocument(entries: Iterable<readonly [string, JsonText]>): Document {
  let text = '';
  for (const [name, value] of entries) text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${value}`;
  return `{${text}}` as Document;
}

function jsonOf(value: object): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    throw new DocumentError(
      `that JSON can hold, but ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  if (text === undefined) throw new DocumentError('that JSON can hold, but got nothing');
  // JSON.stringify writes half pairs as escapes, and only those.
  return /\\ud[89a-f]/.test(text)
    ? text.replace(/(?<=(?:^|[^\\])(?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g, '\ufffd')
    : text;
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}
