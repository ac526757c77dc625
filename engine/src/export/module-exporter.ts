import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { EngineRecord } from '../protocol/record.ts';
import { type Exporter, type ExporterContext, ExporterError } from './exporter.ts';

export type ModuleOptions = {
  /** Absolute path or URL of an ES module whose default export makes an `Exporter` of the options. */
  readonly module: string;
  /** What a structured clone keeps, as it may go to another thread. */
  readonly options?: unknown;
};

/** An exporter of one's own, loaded where it runs. One that can't be loaded is a failure as any other of an exporter. */
export function moduleExporter(options: ModuleOptions): () => Exporter {
  return () => new ModuleExporter(options);
}

class ModuleExporter implements Exporter {
  readonly #options: ModuleOptions;
  #exporter: Exporter | undefined;

  constructor(options: ModuleOptions) {
    this.#options = options;
  }

  get bufferedBytes(): number {
    return this.#exporter?.bufferedBytes ?? 0;
  }

  async open(context: ExporterContext): Promise<string | undefined> {
    this.#exporter ??= await this.#load();
    return this.#exporter.open(context);
  }

  export(record: EngineRecord): void {
    this.#loaded().export(record);
  }

  flush(): Promise<string | undefined> {
    return this.#loaded().flush();
  }

  async close(): Promise<void> {
    await this.#exporter?.close();
  }

  async #load(): Promise<Exporter> {
    const { module, options } = this.#options;
    const loaded = (await import(isAbsolute(module) ? pathToFileURL(module).href : module)) as {
      readonly default?: (options: unknown) => Exporter;
    };
    if (typeof loaded.default === 'function') return loaded.default(options);
    throw new ExporterError(`Expected ${module} to have a function as default export, but it has none`);
  }

  #loaded(): Exporter {
    if (this.#exporter === undefined)
      throw new ExporterError('Expected the exporter to be open, but it is not');
    return this.#exporter;
  }
}
