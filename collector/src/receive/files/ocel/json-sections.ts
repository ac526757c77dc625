import { isUtf8 } from 'node:buffer';
import { ImportError } from '../import-error.ts';

/** One element of a list that stands at the top of a JSON document. */
export type JsonElement = { readonly section: string; readonly text: string; readonly line: number };

const DEPTH_MAX = 64;
const KEY_BYTES_MAX = 1024;
/** Far above any real event or object; what bounds memory. */
export const ELEMENT_BYTES_MAX = 4 * 1024 * 1024;

const [NEWLINE, SPACE, QUOTE, COMMA, COLON, BACKSLASH] = [10, 32, 34, 44, 58, 92];
const [LIST, LIST_END, OBJECT, OBJECT_END] = [91, 93, 123, 125];
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

type Expected =
  | 'document'
  | 'first key'
  | 'key'
  | 'colon'
  | 'value'
  | 'first element'
  | 'element'
  | 'after element'
  | 'after value'
  | 'end';
type Scanned = 'key' | 'element' | 'skipped';

/**
 * Takes a JSON document `{"name": [element, …], …}` of any size apart into its elements, without reading them: only brackets, quotes
 * and commas are looked at. Elements of other sections, and values that are no lists, are read over. Memory is bounded by one
 * element.
 */
export class JsonSections {
  readonly #wanted: ReadonlySet<string>;
  readonly #fileName: string;
  /** Names of what was read over. */
  readonly unknown = new Set<string>();
  #expected: Expected = 'document';
  /** What is being scanned, if anything is, and where it began. */
  #scanned: Scanned | undefined;
  #startLine = 1;
  #parts: Buffer[] = [];
  #partBytes = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #section = '';
  #line = 1;
  #first = true;

  constructor(wanted: ReadonlySet<string>, fileName: string) {
    this.#wanted = wanted;
    this.#fileName = fileName;
  }

  /** The elements that the bytes complete. @throws ImportError where the document is not well-formed. */
  push(chunk: Buffer): JsonElement[] {
    const elements: JsonElement[] = [];
    let at = this.#first && chunk.subarray(0, 3).equals(BOM) ? 3 : 0;
    this.#first = false;
    while (at < chunk.length) {
      if (this.#scanned === undefined) at = this.#step(chunk, at);
      else {
        const end = this.#scan(chunk, at);
        this.#keep(chunk.subarray(at, end === -1 ? chunk.length : end));
        if (end === -1) break;
        at = end;
        this.#settle(elements);
      }
    }
    return elements;
  }

  /** @throws ImportError when the document goes on. */
  end(): void {
    if (this.#expected !== 'end') throw this.#malformed('ends before its last bracket');
  }

  /** One byte between values, or the first of a value. */
  #step(chunk: Buffer, at: number): number {
    const byte = chunk[at] ?? SPACE;
    if (byte === NEWLINE) this.#line += 1;
    if (byte === NEWLINE || byte === SPACE || byte === 9 || byte === 13) return at + 1;
    const expected = this.#expected;
    if (expected === 'document' && byte === OBJECT) return this.#expect('first key', at);
    if ((expected === 'first key' || expected === 'key') && byte === QUOTE) return this.#begin('key', at);
    if ((expected === 'first key' || expected === 'after value') && byte === OBJECT_END)
      return this.#expect('end', at);
    if (expected === 'colon' && byte === COLON) return this.#expect('value', at);
    if (expected === 'after value' && byte === COMMA) return this.#expect('key', at);
    if (expected === 'value' && byte === LIST && this.#wanted.has(this.#section))
      return this.#expect('first element', at);
    if (expected === 'value') {
      this.unknown.add(this.#section);
      return this.#begin('skipped', at);
    }
    if ((expected === 'first element' || expected === 'after element') && byte === LIST_END)
      return this.#expect('after value', at);
    if (expected === 'after element' && byte === COMMA) return this.#expect('element', at);
    if (expected === 'first element' || expected === 'element') return this.#begin('element', at);
    const found = JSON.stringify(String.fromCharCode(byte));
    throw this.#malformed(`has ${found} where ${EXPECTED[expected]} should be`);
  }

  #expect(expected: Expected, at: number): number {
    this.#expected = expected;
    return at + 1;
  }

  #begin(scanned: Scanned, at: number): number {
    this.#scanned = scanned;
    this.#startLine = this.#line;
    return at;
  }

  /** The place behind the value that is being scanned; -1 when it goes on behind the chunk. */
  #scan(chunk: Buffer, from: number): number {
    for (let at = from; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (byte === NEWLINE) this.#line += 1;
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) {
          this.#inString = false;
          if (this.#depth === 0) return at + 1;
        }
      } else if (byte === QUOTE) this.#inString = true;
      else if (byte === OBJECT || byte === LIST) {
        this.#depth += 1;
        if (this.#depth > DEPTH_MAX) throw this.#tooDeep();
      } else if (byte === OBJECT_END || byte === LIST_END) {
        // A number or a word ends where what is around it does.
        if (this.#depth === 0) return at;
        this.#depth -= 1;
        if (this.#depth === 0) return at + 1;
      } else if (this.#depth === 0 && (byte === COMMA || byte === NEWLINE || byte === SPACE)) {
        if (byte === NEWLINE) this.#line -= 1;
        return at;
      }
    }
    return -1;
  }

  #keep(bytes: Buffer): void {
    if (this.#scanned === 'skipped') return;
    this.#partBytes += bytes.length;
    const most = this.#scanned === 'key' ? KEY_BYTES_MAX : ELEMENT_BYTES_MAX;
    if (this.#partBytes > most) throw this.#tooLarge(most);
    this.#parts.push(bytes);
  }

  #settle(elements: JsonElement[]): void {
    const scanned = this.#scanned;
    const bytes = this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts);
    this.#scanned = undefined;
    this.#parts = [];
    this.#partBytes = 0;
    if (scanned === 'skipped' || bytes === undefined) this.#expected = 'after value';
    else if (scanned === 'key') {
      this.#section = this.#textOf(bytes).slice(1, -1);
      this.#expected = 'colon';
    } else {
      elements.push({ section: this.#section, text: this.#textOf(bytes), line: this.#startLine });
      this.#expected = 'after element';
    }
  }

  #textOf(bytes: Buffer): string {
    if (isUtf8(bytes)) return bytes.toString('utf8');
    throw new ImportError({
      code: 'wrong-encoding',
      message: `${this.#fileName} is not UTF-8: what begins at line ${this.#startLine} holds bytes that are no character`,
      hint: 'Export the log again as UTF-8.',
      line: this.#startLine,
    });
  }

  #malformed(what: string): ImportError {
    return new ImportError({
      code: 'malformed-json',
      message: `${this.#fileName} is not well-formed JSON: it ${what} (line ${this.#line})`,
      hint: 'The file was cut or damaged: export or fetch it again.',
      line: this.#line,
    });
  }

  #tooDeep(): ImportError {
    return new ImportError({
      code: 'refused-json',
      message: `${this.#fileName} nests values deeper than ${DEPTH_MAX} levels (line ${this.#line})`,
      hint: 'An OCEL 2.0 log has 5 levels: export it again.',
      line: this.#line,
    });
  }

  #tooLarge(bytes: number): ImportError {
    return new ImportError({
      code: 'too-large',
      message: `${this.#fileName}: what begins at line ${this.#startLine} in "${this.#section}" is larger than ${bytes} bytes`,
      hint: 'Look for a quote there that is opened and never closed.',
      line: this.#startLine,
    });
  }
}

const EXPECTED: Readonly<Record<Expected, string>> = {
  document: 'a {',
  'first key': 'a name or a }',
  key: 'a name',
  colon: 'a colon',
  value: 'a value',
  'first element': 'an element or a ]',
  element: 'an element',
  'after element': 'a comma or a ]',
  'after value': 'a comma or a }',
  end: 'nothing',
};
