import { SaxesParser, type SaxesTagPlain } from 'saxes';
import { ImportError } from './import-error.ts';
import { ROW_LENGTH_MAX, type RowRun } from './row-run.ts';
import type { ReadingTally } from './tally.ts';
import { XesLog } from './xes-log.ts';
import { XesRuns } from './xes-runs.ts';

const DEPTH_MAX = 64;
/** The parser sees at most this much at once, so that a full run is handed out before the next one grows. */
const PIECE_LENGTH = 64 * 1024;

/** Children of a `<log>` that is an object-centric one (OCEL), which has no cases. */
const OBJECT_LOG_ELEMENTS = new Set(['object-types', 'event-types', 'objects', 'events']);

/**
 * An XES log (IEEE 1849) as runs of rows, one event a row, in the order of the file.
 *
 * - Attributes of a trace become columns `case:KEY`. Nested attributes are flattened: `a.b`; members of lists that share a key
 *   get `#2`, `#3`.
 * - A trace without `concept:name` is the case `trace-N`, N its 1-based place: stable, since it depends on the file alone.
 * - `<global>` declares what every event should have; its values are for tools that create events, not the values of events
 *   that lack them. They are not filled in: an event without its time or activity is a fault of the log, and shows as one.
 * - Classifiers are not applied: the activity is `concept:name`, unless another attribute is asked for.
 * - Document type declarations are refused, and with them every entity that could grow.
 *
 * When the document ends with an error, the events before it come out first.
 */
export async function* readXes(
  texts: AsyncIterable<string>,
  onlyComplete: boolean,
  fileName: string,
  tally: ReadingTally,
): AsyncGenerator<RowRun> {
  const log = new XesLog(new XesRuns(), onlyComplete, tally);
  const parser = new XesParser(log, fileName);
  try {
    for await (const text of texts) {
      for (let start = 0; start < text.length; start += PIECE_LENGTH) {
        parser.write(text.slice(start, start + PIECE_LENGTH));
        yield* log.take(false);
      }
    }
    parser.end();
  } catch (error) {
    yield* log.take(true);
    throw error;
  }
  yield* log.take(true);
}

/** The XML side: well-formedness, limits, and where in the document a fault is. */
class XesParser {
  readonly #parser = new SaxesParser<{ xmlns: false; position: true }>({ xmlns: false, position: true });
  readonly #fileName: string;
  readonly #log: XesLog;
  #depth = 0;
  #sinceElement = 0;
  /** An element was closed, but by which tag? The parser only complains of a wrong one after it has closed the element. */
  #closing = false;

  constructor(log: XesLog, fileName: string) {
    this.#fileName = fileName;
    this.#log = log;
    const parser = this.#parser;
    parser.on('error', (error) => {
      throw this.#fault(
        'malformed-xml',
        `is not well-formed XML: ${withoutPlace(error.message)}`,
        'Export the log again.',
      );
    });
    parser.on('doctype', () => {
      throw this.#fault(
        'refused-xml',
        'has a DOCTYPE: it can define entities that grow without limit, and XES needs none',
        'Remove the <!DOCTYPE …> from the file.',
      );
    });
    parser.on('opentag', (tag) => this.#open(tag));
    parser.on('closetag', () => {
      this.#depth -= 1;
      this.#sinceElement = 0;
      this.#settle();
      this.#closing = true;
    });
  }

  write(text: string): void {
    this.#sinceElement += text.length;
    this.#parser.write(text);
    this.#settle();
    if (this.#sinceElement > ROW_LENGTH_MAX) {
      throw this.#fault(
        'too-large',
        `has an element longer than ${ROW_LENGTH_MAX} characters`,
        'Export the log again.',
      );
    }
  }

  end(): void {
    this.#parser.close();
  }

  #settle(): void {
    if (this.#closing) this.#log.close();
    this.#closing = false;
  }

  #open(tag: SaxesTagPlain): void {
    this.#settle();
    const name = localName(tag.name);
    this.#depth += 1;
    this.#sinceElement = 0;
    if (this.#depth > DEPTH_MAX) {
      throw this.#fault(
        'refused-xml',
        `nests elements deeper than ${DEPTH_MAX} levels`,
        'Export the log again.',
      );
    }
    if (this.#depth === 2 && OBJECT_LOG_ELEMENTS.has(name)) {
      throw this.#fault(
        'not-xes',
        `holds <${name}>: it is an object-centric log (OCEL)`,
        'Export it as XES or CSV.',
      );
    }
    const { key, value } = tag.attributes;
    if (!this.#log.open(name, key, value, this.#parser.line)) {
      throw this.#fault(
        'not-xes',
        `has the root element <${name}>, an XES log has <log>`,
        'Give an XES or a CSV file.',
      );
    }
  }

  #fault(
    code: 'malformed-xml' | 'refused-xml' | 'not-xes' | 'too-large',
    what: string,
    hint: string,
  ): ImportError {
    const { line, column } = this.#parser;
    return new ImportError({
      code,
      message: `${this.#fileName} ${what} (line ${line}, column ${column})`,
      hint,
      line,
      column,
    });
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
