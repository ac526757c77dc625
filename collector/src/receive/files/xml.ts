import { SaxesParser, type SaxesTagPlain } from 'saxes';
import { ImportError, type ImportErrorCode } from './import-error.ts';
import { ROW_LENGTH_MAX } from './row-run.ts';

const DEPTH_MAX = 64;

type XmlFault = { readonly code: ImportErrorCode; readonly what: string; readonly hint: string };

export type XmlHandler = {
  /** @param name without its prefix. @param depth 1 for the root. @returns why the document is refused, if it is. */
  open(
    name: string,
    attributes: Readonly<Record<string, string>>,
    depth: number,
    line: number,
  ): XmlFault | undefined;
  close(): void;
  /** Characters between tags; a piece of them at a time. Without it they are not even collected. */
  text?(text: string): void;
};

/**
 * Well-formedness, limits, and where in the document a fault is. Document type declarations are refused, and with them every entity
 * that could grow.
 */
export class XmlReader {
  readonly #parser = new SaxesParser<{ xmlns: false; position: true }>({ xmlns: false, position: true });
  readonly #fileName: string;
  readonly #handler: XmlHandler;
  #depth = 0;
  #sinceElement = 0;
  /** An element was closed, but by which tag? The parser only complains of a wrong one after it has closed the element. */
  #closing = false;

  constructor(handler: XmlHandler, fileName: string) {
    this.#fileName = fileName;
    this.#handler = handler;
    const parser = this.#parser;
    parser.on('error', (error) => {
      throw this.#fault({
        code: 'malformed-xml',
        what: `is not well-formed XML: ${withoutPlace(error.message)}`,
        hint: 'Export the log again.',
      });
    });
    parser.on('doctype', () => {
      throw this.#fault({
        code: 'refused-xml',
        what: 'has a DOCTYPE: it can define entities that grow without limit, and a log needs none',
        hint: 'Remove the <!DOCTYPE …> from the file.',
      });
    });
    parser.on('opentag', (tag) => this.#open(tag));
    parser.on('closetag', () => {
      this.#depth -= 1;
      this.#sinceElement = 0;
      this.#settle();
      this.#closing = true;
    });
    if (handler.text === undefined) return;
    const onText = (text: string): void => {
      this.#settle();
      handler.text?.(text);
    };
    parser.on('text', onText);
    parser.on('cdata', onText);
  }

  write(text: string): void {
    this.#sinceElement += text.length;
    this.#parser.write(text);
    this.#settle();
    if (this.#sinceElement > ROW_LENGTH_MAX) {
      throw this.#fault({
        code: 'too-large',
        what: `has an element longer than ${ROW_LENGTH_MAX} characters`,
        hint: 'Export the log again.',
      });
    }
  }

  end(): void {
    this.#parser.close();
  }

  #settle(): void {
    if (this.#closing) this.#handler.close();
    this.#closing = false;
  }

  #open(tag: SaxesTagPlain): void {
    this.#settle();
    this.#depth += 1;
    this.#sinceElement = 0;
    if (this.#depth > DEPTH_MAX) {
      throw this.#fault({
        code: 'refused-xml',
        what: `nests elements deeper than ${DEPTH_MAX} levels`,
        hint: 'Export the log again.',
      });
    }
    const fault = this.#handler.open(localName(tag.name), tag.attributes, this.#depth, this.#parser.line);
    if (fault !== undefined) throw this.#fault(fault);
  }

  #fault({ code, what, hint }: XmlFault): ImportError {
    const { line, column } = this.#parser;
    const message = `${this.#fileName} ${what} (line ${line}, column ${column})`;
    return new ImportError({ code, message, hint, line, column });
  }
}

/** `xes:trace` → `trace`. */
function localName(name: string): string {
  const colon = name.indexOf(':');
  return colon === -1 ? name : name.slice(colon + 1);
}

/** The parser puts `line:column: ` first; the fault names its place itself. */
function withoutPlace(message: string): string {
  return message.replace(/^(?:\d+:\d+: )/, '').replace(/\.$/, '');
}
