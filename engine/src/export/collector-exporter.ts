import type { EngineRecord } from '../protocol/record.ts';
import { recordToJson } from '../protocol/record-json.ts';
import { type Exporter, type ExporterContext, ExporterError } from './exporter.ts';
import { HttpDestination, type HttpOptions, refusal } from './http-destination.ts';

const PATH = '/api/v1/records';

/** Posts records to Throughline's collector, a line of JSON each. It removes what it is sent twice. */
export function collectorExporter(options: HttpOptions): () => Exporter {
  return () => new CollectorExporter(options);
}

class CollectorExporter implements Exporter {
  readonly #options: HttpOptions;
  #destination: HttpDestination | undefined;
  #lines: string[] = [];
  #characters = 0;

  constructor(options: HttpOptions) {
    this.#options = options;
  }

  get bufferedBytes(): number {
    return this.#characters;
  }

  async open(context: ExporterContext): Promise<undefined> {
    this.#destination = new HttpDestination(this.#options, context);
  }

  export(record: EngineRecord): void {
    const line = `${recordToJson(record)}\n`;
    this.#lines.push(line);
    this.#characters += line.length;
  }

  async flush(): Promise<undefined> {
    if (this.#destination === undefined)
      throw new ExporterError('Expected the exporter to be open, but it is not');
    const answer = await this.#destination.post(PATH, 'application/x-ndjson', this.#lines.join(''));
    // Also what will not pass by itself, a wrong token or address, is tried again: somebody may put it right.
    if (answer.status >= 300) throw refusal(`POST ${this.#options.url}${PATH}`, answer);
    this.#drop();
  }

  async close(): Promise<void> {
    this.#drop();
    this.#destination = undefined;
  }

  #drop(): void {
    this.#lines = [];
    this.#characters = 0;
  }
}
