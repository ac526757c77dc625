// Native libraries run threads of their own, and Node unloads a library when the last thread that imported it ends, whatever still runs in
// it. This thread outlives the others, so it holds those that they use.
import '@duckdb/node-api';
import 'classic-level';
import { MessageChannel } from 'node:worker_threads';
import type { ImportTally } from './correlate/working-set.ts';
import type { ProjectionMessage, ProjectionProgress, ProjectionThreadOptions } from './projection-thread.ts';
import type { EmbeddedOptions } from './store/embedded/embedded-store.ts';
import { startThread, type Thread } from './threads.ts';

export type ProjectionEvents = {
  onFlushed(flows: readonly string[]): void;
  onOverdue(instances: readonly string[]): void;
  /** One line for the operator. */
  log(line: string): void;
};

const RESTART_MS = { first: 1_000, most: 60_000 };

type Pair = { readonly store: Thread<undefined>; readonly projection: Thread<undefined> };

/**
 * The projection's thread and the store's. When one of them fails both are started again: nothing is lost by that, the projection
 * replays the log from its last checkpoint.
 */
export class SupervisedProjection {
  readonly #options: Omit<ProjectionThreadOptions, 'store'>;
  readonly #storeOptions: EmbeddedOptions;
  readonly #events: ProjectionEvents;
  #pair: Pair | undefined;
  #bothEnded: Promise<void> | undefined;
  #stopping = false;
  #pauseMs = RESTART_MS.first;
  failure = '';

  constructor(
    options: Omit<ProjectionThreadOptions, 'store'>,
    storeOptions: EmbeddedOptions,
    events: ProjectionEvents,
  ) {
    this.#options = options;
    this.#storeOptions = storeOptions;
    this.#events = events;
  }

  async start(): Promise<void> {
    const store = await startThread<undefined>('store', this.#storeOptions);
    const { port1, port2 } = new MessageChannel();
    try {
      await store.caller.call('attach', [port1], [port1]);
      const projection = await startThread<undefined>('projection', { ...this.#options, store: port2 }, [
        port2,
      ]);
      this.#watch({ store, projection });
    } catch (error) {
      await endStore(store);
      throw error;
    }
  }

  #watch(pair: Pair): void {
    this.#pair = pair;
    this.failure = '';
    pair.projection.worker.on('message', (message: ProjectionMessage) => this.#on(message));
    this.#bothEnded = pair.projection.ended.then(async (code) => {
      await endStore(pair.store);
      this.#ended(`the projection thread ended with code ${code}`);
    });
    // Without its store the projection can do nothing; what it has not stored it takes from the log again.
    void pair.store.ended.then(() => pair.projection.worker.terminate());
  }

  #on(message: ProjectionMessage): void {
    if (message.kind === 'flushed') {
      this.#pauseMs = RESTART_MS.first;
      this.#events.onFlushed(message.flows);
    } else if (message.kind === 'overdue') this.#events.onOverdue(message.instances);
    else if (message.kind === 'failed') this.failure = message.reason;
  }

  #ended(reason: string): void {
    this.#pair = undefined;
    if (this.#stopping) return;
    if (this.failure === '') this.failure = reason;
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(RESTART_MS.most, pauseMs * 2);
    this.#events.log(`projection: ${this.failure}; starting it again in ${pauseMs / 1000} s`);
    setTimeout(() => {
      if (this.#stopping) return;
      this.start().catch((error: unknown) => {
        this.failure = error instanceof Error ? error.message : String(error);
        this.#ended(this.failure);
      });
    }, pauseMs).unref();
  }

  /** A question to the store. */
  ask(name: string, args: readonly unknown[]): Promise<unknown> {
    return this.#running((pair) => pair.store.caller.call(name, args));
  }

  progress(): Promise<ProjectionProgress> {
    return this.#running(
      (pair) => pair.projection.caller.call('progress', []) as Promise<ProjectionProgress>,
    );
  }

  /** Highest row, line or element of an import that was taken from the log so far. */
  importedUntil(importId: string): Promise<number> {
    return this.#running(
      (pair) => pair.projection.caller.call('importedUntil', [importId]) as Promise<number>,
    );
  }

  importTally(run: string): Promise<ImportTally> {
    return this.#running((pair) => pair.projection.caller.call('importTally', [run]) as Promise<ImportTally>);
  }

  #running<T>(use: (pair: Pair) => Promise<T>): Promise<T> {
    if (this.#pair !== undefined) return use(this.#pair);
    return Promise.reject(Object.assign(new Error(`The store is away: ${this.failure}.`), { code: 'away' }));
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const pair = this.#pair;
    if (pair === undefined) return;
    await pair.projection.caller.call('stop', []);
    await this.#bothEnded;
  }
}

/** Also when it has ended already. */
async function endStore(store: Thread<undefined>): Promise<void> {
  await store.caller.call('stop', []).catch(() => store.worker.terminate());
  await store.ended;
}
