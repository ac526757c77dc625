import type { EngineRecord } from '../protocol/record.ts';
import { recordToJson } from '../protocol/record-json.ts';
import { type Exporter, type ExporterContext, ExporterError } from './exporter.ts';
import { HttpDestination, type HttpOptions, refusal } from './http-destination.ts';
import { TextBuffer } from './text-buffer.ts';

const PATH = '/api/v1/records?source=engine';

/** Posts records to Throughline's collector, a line of JSON each. It removes what it is sent twice. */
export function collectorExporter(options: HttpOptions): () => Exporter {
  return () => new CollectorExporter(options);
}

class CollectorExporter implements Exporter {
  readonly #options: HttpOptions;
  #destination: HttpDestination | undefined;
  readonly #lines = new TextBuffer();

  constructor(options: HttpOptions) {
    this.#options = options;
  }

  get bufferedBytes(): number {
    return this.#lines.length;
  }

  async open(context: ExporterContext): Promise<undefined> {
    this.#destination = new HttpDestination(this.#options, context);
  }

  export(record: EngineRecord): void {
    this.#lines.add(recordToJson(record));
    this.#lines.add('\n');
  }

  async flush(): Promise<undefined> {
    if (this.#destination === undefined)
      throw new ExporterError('Expected the exporter to be open, but it is not');
    const answer = await this.#destination.send('POST', PATH, 'application/x-ndjson', this.#lines.view());
    // Also what will not pass by itself, a wrong token or address, is tried again: somebody may put it right.
    if (answer.status >= 300) throw refusal(`POST ${this.#options.url}${PATH}`, answer);
    this.#lines.clear();
  }

  async close(): Promise<void> {
    this.#lines.clear();
    this.#destination = undefined;
  }
}
