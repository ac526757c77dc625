import type { RowRun } from './row-run.ts';
import type { ReadingTally } from './tally.ts';
import { XesLog } from './xes-log.ts';
import { XesRuns } from './xes-runs.ts';
import { type XmlHandler, XmlReader } from './xml.ts';

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
  const parser = new XmlReader(handlerOf(log), fileName);
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

function handlerOf(log: XesLog): XmlHandler {
  return {
    open(name, attributes, depth, line) {
      if (depth === 2 && OBJECT_LOG_ELEMENTS.has(name)) {
        const what = `holds <${name}> beside <trace> or too late: it is an object-centric log (OCEL)`;
        return { code: 'not-xes', what, hint: 'Export it as OCEL 2.0, XES or CSV.' };
      }
      if (log.open(name, attributes['key'], attributes['value'], line)) return undefined;
      const what = `has the root element <${name}>, an XES log has <log>`;
      return { code: 'not-xes', what, hint: 'Give an XES or a CSV file.' };
    },
    close: () => log.close(),
  };
}
