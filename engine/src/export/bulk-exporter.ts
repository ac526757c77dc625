import type { EngineRecord, RecordPosition } from '../protocol/record.ts';
import { bulkLines, Sequences } from './bulk-document.ts';
import { indexTemplate } from './bulk-template.ts';
import { type Exporter, type ExporterContext, ExporterError } from './exporter.ts';
import { HttpDestination, type HttpOptions, refusal } from './http-destination.ts';
import { TextBuffer } from './text-buffer.ts';

export type BulkOptions = HttpOptions & {
  /** Of the indices' names. Default `zeebe-record`. */
  readonly indexPrefix?: string;
  /**
   * Whether it puts an index template for those indices, named as the prefix, each time it opens. Default true; false
   * for templates of your own, or for a server that takes records and no templates.
   */
  readonly putsTemplate?: boolean;
};

/** The lines of a record end at `end` in the body. */
type Action = { readonly position: RecordPosition; readonly end: number };
/** The part of a `_bulk` answer that is read. */
type BulkAnswer = { readonly errors?: boolean; readonly items?: readonly { readonly index?: BulkItem }[] };
type BulkItem = {
  readonly status?: number;
  readonly error?: { readonly type?: string; readonly reason?: string };
};

/**
 * Posts records to the `_bulk` endpoint of Elasticsearch, or of what understands it, as Zeebe's exporter does: `GET /`
 * first, an index template, ids that make a repetition harmless, one index for each value type and day.
 */
export function bulkExporter(options: BulkOptions): () => Exporter {
  return () => new BulkExporter(options);
}

class BulkExporter implements Exporter {
  readonly #options: BulkOptions;
  readonly #prefix: string;
  #destination: HttpDestination | undefined;
  #refused: ExporterContext['refused'] = () => {};
  #sequences = new Sequences(undefined);
  #actions: Action[] = [];
  readonly #body = new TextBuffer();

  constructor(options: BulkOptions) {
    this.#options = options;
    this.#prefix = options.indexPrefix ?? 'zeebe-record';
  }

  get bufferedBytes(): number {
    return this.#body.length;
  }

  async open(context: ExporterContext): Promise<undefined> {
    this.#sequences = new Sequences(context.memo);
    this.#refused = context.refused;
    const destination = new HttpDestination(this.#options, context);
    const answer = await destination.get('/');
    if (answer.status !== 200) throw refusal(`GET ${this.#options.url}`, answer);
    if (this.#options.putsTemplate !== false) await this.#putTemplate(destination);
    this.#destination = destination;
  }

  async #putTemplate(destination: HttpDestination): Promise<void> {
    const path = `/_index_template/${encodeURIComponent(this.#prefix)}`;
    const body = new TextEncoder().encode(JSON.stringify(indexTemplate(this.#prefix)));
    const answer = await destination.send('PUT', path, 'application/json', body);
    if (answer.status !== 200) throw refusal(`PUT ${this.#options.url}${path}`, answer);
  }

  export(record: EngineRecord): void {
    const sequence = this.#sequences.next(record.partitionId, record.valueType);
    this.#body.add(bulkLines(this.#prefix, record, sequence));
    this.#actions.push({ position: record.position, end: this.#body.length });
  }

  async flush(): Promise<string> {
    await this.#post(this.#actions, 0);
    this.#drop();
    return this.#sequences.toString();
  }

  async close(): Promise<void> {
    this.#drop();
    this.#destination = undefined;
  }

  #drop(): void {
    this.#actions = [];
    this.#body.clear();
  }

  /** `from`: where the lines of the first begin. */
  async #post(actions: readonly Action[], from: number): Promise<void> {
    if (this.#destination === undefined)
      throw new ExporterError('Expected the exporter to be open, but it is not');
    const body = this.#body.view(from, actions.at(-1)?.end);
    const answer = await this.#destination.send('POST', '/_bulk', 'application/x-ndjson', body);
    if (answer.status === 413) await this.#postHalves(actions, from, answer.text);
    else if (answer.status !== 200) throw refusal(`POST ${this.#options.url}/_bulk`, answer);
    else this.#check(actions, JSON.parse(answer.text) as BulkAnswer);
  }

  /** The request was too large; a single record that is can't be helped. */
  async #postHalves(actions: readonly Action[], from: number, reason: string): Promise<void> {
    const [only] = actions;
    if (actions.length === 1 && only !== undefined) {
      this.#refused(only.position, `answered 413 ${reason}`.trim());
      return;
    }
    const middle = Math.ceil(actions.length / 2);
    await this.#post(actions.slice(0, middle), from);
    await this.#post(actions.slice(middle), actions[middle - 1]?.end ?? from);
  }

  #check(actions: readonly Action[], { errors, items }: BulkAnswer): void {
    if (errors !== true) return;
    const failed = actions.flatMap(({ position }, index) => {
      const item = items?.[index]?.index;
      return item === undefined || (item.status ?? 500) >= 300 ? [{ position, item }] : [];
    });
    // The records come in order: none is given up as long as one of them may still be taken.
    const later = failed.find(({ item }) => isPassing(item?.status ?? 500));
    if (later !== undefined) {
      throw new ExporterError(
        `${failed.length} of ${actions.length} records were not taken: ${reasonOf(later.item)}`,
      );
    }
    for (const { position, item } of failed) this.#refused(position, reasonOf(item));
  }
}

function isPassing(status: number): boolean {
  return status === 429 || status >= 500 || status === 401 || status === 403;
}

function reasonOf(item: BulkItem | undefined): string {
  return `${item?.status ?? 'no status'} ${item?.error?.type ?? ''} ${item?.error?.reason ?? ''}`.trim();
}
