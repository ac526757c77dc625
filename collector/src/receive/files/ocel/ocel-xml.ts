import type { OcelEntry } from '../../../intake/ocel.ts';
import { type XmlHandler, XmlReader } from '../xml.ts';
import type { OcelItem } from './ocel-item.ts';

/** The parser sees at most this much at once. */
const PIECE_LENGTH = 64 * 1024;

/**
 * An OCEL 2.0 log in XML, element by element.
 *
 * @throws ImportError where the document is not well-formed, or is no such log.
 */
export async function* readOcelXml(
  texts: AsyncIterable<string>,
  fileName: string,
  leftOut: Set<string>,
): AsyncGenerator<OcelItem> {
  const log = new OcelXmlLog(leftOut);
  const reader = new XmlReader(log, fileName);
  try {
    for await (const text of texts) {
      for (let start = 0; start < text.length; start += PIECE_LENGTH) {
        reader.write(text.slice(start, start + PIECE_LENGTH));
        yield* log.take();
      }
    }
    reader.end();
  } catch (error) {
    yield* log.take();
    throw error;
  }
  yield* log.take();
}

type Attributes = Readonly<Record<string, string>>;
/** What is being read: a type, an object or an event. */
type Holder = {
  readonly section: string;
  readonly start: Attributes;
  readonly line: number;
  readonly attributes: { readonly start: Attributes; text: string }[];
  readonly relations: Attributes[];
};

/** Section → its elements. */
const ELEMENTS: Readonly<Record<string, string>> = {
  'object-types': 'object-type',
  'event-types': 'event-type',
  objects: 'object',
  events: 'event',
};

/** Elements of the document in, entries out. Knows nothing of XML. */
class OcelXmlLog implements XmlHandler {
  readonly #leftOut: Set<string>;
  readonly #path: string[] = [];
  readonly #items: OcelItem[] = [];
  #holder: Holder | undefined;
  #attribute: { readonly start: Attributes; text: string } | undefined;

  constructor(leftOut: Set<string>) {
    this.#leftOut = leftOut;
  }

  take(): OcelItem[] {
    return this.#items.splice(0);
  }

  open(name: string, start: Attributes, depth: number, line: number) {
    const section = this.#path[1] ?? '';
    const parent = this.#path[depth - 2];
    this.#path.push(name);
    if (depth === 1 && name !== 'log') {
      const what = `has the root element <${name}>, an OCEL 2.0 log has <log>`;
      return { code: 'not-ocel', what, hint: 'Export the log as OCEL 2.0.' } as const;
    }
    if (depth === 2 && ELEMENTS[name] === undefined) this.#leftOut.add(name);
    else if (depth === 3 && name === ELEMENTS[section]) {
      this.#holder = { section, start, line, attributes: [], relations: [] };
    } else if (depth === 5 && this.#holder !== undefined) this.#inHolder(name, parent, start, this.#holder);
    return undefined;
  }

  #inHolder(name: string, parent: string | undefined, start: Attributes, holder: Holder): void {
    if (parent === 'attributes' && name === 'attribute') {
      this.#attribute = { start, text: '' };
      holder.attributes.push(this.#attribute);
    } else if (parent === 'objects' && start['object-id'] !== undefined) holder.relations.push(start);
    else this.#leftOut.add(`${parent}/${name}`);
  }

  text(text: string): void {
    if (this.#attribute !== undefined) this.#attribute.text += text;
  }

  close(): void {
    const depth = this.#path.length;
    this.#path.pop();
    if (depth === 5) this.#attribute = undefined;
    if (depth !== 3 || this.#holder === undefined) return;
    this.#items.push({ entry: entryOf(this.#holder), line: this.#holder.line });
    this.#holder = undefined;
  }
}

function entryOf({ section, start, attributes, relations }: Holder): OcelEntry {
  const { id = '', type = '', time = '', name = '' } = start;
  const relationOf = (each: Attributes) => [each['object-id'] ?? '', each['qualifier'] ?? ''] as const;
  switch (section) {
    case 'events':
      return {
        kind: 'event',
        id,
        type,
        time,
        attributes: attributes.map((each) => [each.start['name'] ?? '', each.text]),
        objects: relations.map((each) => [...relationOf(each), null]),
      };
    case 'objects':
      return {
        kind: 'object',
        id,
        type,
        attributes: attributes.map((each) => [each.start['name'] ?? '', each.text, each.start['time'] ?? '']),
        objects: relations.map(relationOf),
      };
    default:
      return {
        kind: 'type',
        of: section === 'event-types' ? 'event' : 'object',
        name,
        attributes: attributes.map((each) => [each.start['name'] ?? '', each.start['type'] ?? '']),
      };
  }
}
