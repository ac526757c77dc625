import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FileLog, type LogPosition, openFileLog } from '@throughline/engine/log';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { flowsOf, keyReadersOf } from '../config/flow.ts';
import { Configuration } from '../config/schema.ts';
import { Correlator } from '../correlate/correlator.ts';
import { openLevelState } from '../correlate/level-state.ts';
import { WorkingSet } from '../correlate/working-set.ts';
import { type DiscardHead, encodeIntakeRecord } from '../intake/record.ts';
import { DEFAULT_LIMITS, Projection } from '../projection.ts';
import { openEmbeddedStore } from '../store/embedded/embedded-store.ts';
import type { Store } from '../store/store.ts';
import { endOfOld } from './old-segments.ts';
import { policyOf } from './policy.ts';
import { Retention } from './retention.ts';

const DAY_US = 86_400_000_000;
const T0_US = Date.UTC(2026, 0, 1) * 1000;
const KEYS = { order: [{ source: 'otlp', attribute: 'order.id' }] };
const encoder = new TextEncoder();

/** A pipeline on a real disk, whose day is told by the test. */
class Pipeline {
  readonly lines: string[] = [];
  readonly #directory: string;
  readonly #configuration: Configuration;
  readonly #stopping = new AbortController();
  #log!: FileLog;
  #projection!: Projection;
  #running!: Promise<void>;
  #working!: WorkingSet;
  store!: Store;
  retention!: Retention;
  day = 0;
  expired = { instances: 0, events: 0 };

  constructor(directory: string, retention: object, flow: object = {}) {
    this.#directory = directory;
    const flows = { orders: { keys: KEYS, ...flow } };
    this.#configuration = Configuration.parse({ version: 1, retention, flows });
  }

  get #nowUs(): number {
    return T0_US + this.day * DAY_US;
  }

  async start(): Promise<void> {
    this.#log = openFileLog({ directory: join(this.#directory, 'log'), partitions: 1, segmentBytes: 4096 });
    this.#working = new WorkingSet(await openLevelState(join(this.#directory, 'state')));
    const path = join(this.#directory, 'store.duckdb');
    this.store = await openEmbeddedStore({ path, memoryLimit: '200MB', threads: 1 });
    const correlator = new Correlator(this.#working, flowsOf(this.#configuration));
    this.expired = correlator.expired;
    const reader = this.#log.reader(0);
    this.#projection = new Projection({
      reader,
      working: this.#working,
      correlator,
      store: this.store,
      rules: { keyReaders: keyReadersOf(this.#configuration) },
      limits: { ...DEFAULT_LIMITS, flushIntervalMs: 1, checkpointIntervalMs: 1 },
      clock: () => performance.now(),
      yieldTurn: () => new Promise((resolve) => setImmediate(resolve)),
      onFlush: () => undefined,
    });
    await this.#projection.recover();
    this.#running = this.#projection.run(this.#stopping.signal);
    const discard = async (ids: readonly string[]) => {
      const head: DiscardHead = { wire: 'discard', mode: 'live', receivedAtUs: this.#nowUs };
      await this.append(encodeIntakeRecord(head, encoder.encode(JSON.stringify(ids))));
    };
    const parts = {
      policy: policyOf(this.#configuration),
      queries: this.store,
      append: (record: Uint8Array) => this.append(record),
      discard,
      progress: async () => ({
        stored: this.#projection.storedPosition,
        checkpointed: this.#projection.checkpointedPosition,
      }),
      forgetBefore: async (beforeUs: number, checkpointed: number) =>
        this.#log.truncateBefore(0, endOfOld(this.#log.segments(0), reader, beforeUs, checkpointed)),
      nowUs: () => this.#nowUs,
      log: (line: string) => this.lines.push(line),
    };
    this.retention = new Retention(parts, 1_000);
  }

  append(record: Uint8Array): Promise<LogPosition> {
    return this.#log.appender(0).append(record);
  }

  /** One span each, of an order or of none; received today, whenever it happened. */
  async receive(...orders: readonly (string | undefined)[]): Promise<void> {
    const spans = orders.map((order, i) => ({
      traceId: Buffer.from(`${this.day}/${i}/${order}`).toString('hex').padStart(32, '0').slice(-32),
      spanId: '1'.padStart(16, '0'),
      name: 'placed',
      startTimeUnixNano: String(T0_US * 1000),
      endTimeUnixNano: String(T0_US * 1000),
      attributes: order === undefined ? [] : [{ key: 'order.id', value: { stringValue: order } }],
    }));
    const head = { wire: 'otlp', encoding: 'json', mode: 'live', receivedAtUs: this.#nowUs } as const;
    const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
    await this.append(encodeIntakeRecord(head, encoder.encode(body)));
    await this.settle();
  }

  /** Until all of the log is in the store, and its position in the state. */
  async settle(): Promise<void> {
    const end = () => this.#log.reader(0).end;
    await expect.poll(() => this.#projection.checkpointedPosition, { timeout: 10_000 }).toBe(end());
  }

  async sweep(): Promise<void> {
    while (await this.retention.step()) await this.settle();
    await this.settle();
  }

  async orders(): Promise<string[]> {
    const page = { cursor: undefined, limit: 1000 };
    const query = { filter: {}, view: undefined, nowUs: this.#nowUs, page };
    const rows = await this.store.instances({ ...query, flow: 'orders' });
    const traces = await this.store.instances({ ...query, flow: 'unassigned' });
    return [...rows.items.map(({ keys }) => keys[0] ?? ''), ...traces.items.map(() => 'trace')].sort();
  }

  get logStart(): number {
    return this.#log.reader(0).start;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#working.close();
    await this.store.close();
    await this.#log.close();
  }
}

describe('retention', () => {
  let directory: string;
  let pipeline: Pipeline;
  const begin = async (retention: object, flow: object = {}) => {
    pipeline = new Pipeline(directory, retention, flow);
    await pipeline.start();
    return pipeline;
  };
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'throughline-retention-'));
  });
  afterEach(async () => {
    await pipeline.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it('removes what was last received longer ago than its flow says, and has it no more after a restart', async () => {
    const { sweep } = await begin({ instances: '10d' }, { retention: '3d' }).then((p) => ({
      sweep: () => p.sweep(),
    }));
    await pipeline.receive('a', 'b', undefined);
    pipeline.day = 2;
    await pipeline.receive('b');
    pipeline.day = 3.5;
    await sweep();
    expect(await pipeline.orders()).toEqual(['order:b', 'trace']);
    expect(pipeline.expired).toEqual({ instances: 1, events: 1 });
    pipeline.day = 11;
    await sweep();
    expect(await pipeline.orders()).toEqual([]);
    expect((await pipeline.store.counts(0)).events).toBe(0);
    await pipeline.stop();
    await begin({ instances: '10d' }, { retention: '3d' });
    await pipeline.receive('a');
    expect(await pipeline.orders()).toEqual(['order:a']);
    expect((await pipeline.store.counts(0)).events).toBe(1);
  });

  it('keeps for ever what it is told to', async () => {
    await begin({ instances: 'forever', log: 'forever', deadLetters: 'forever' });
    await pipeline.receive('a', undefined);
    pipeline.day = 100_000;
    await pipeline.sweep();
    expect(await pipeline.orders()).toEqual(['order:a', 'trace']);
    expect(pipeline.logStart).toBe(0);
  });

  it('goes on in portions until all that is old is gone', async () => {
    await begin({ instances: '1d' });
    const names = Array.from({ length: 4_500 }, (_, i) => `${i}`);
    await pipeline.receive(...names);
    pipeline.day = 0.5;
    await pipeline.receive('kept');
    pipeline.day = 1.2;
    await pipeline.sweep();
    expect(await pipeline.orders()).toEqual(['order:kept']);
    expect(pipeline.expired.events).toBe(4_500);
  });

  it('removes dead letters and segments of the log by their own age', async () => {
    await begin({ instances: 'forever', log: '2d', deadLetters: '4d' });
    const refused = { wire: 'refused', name: 'otlp-traces', reason: 'not protobuf', method: 'POST' } as const;
    const request = { path: '/v1/traces', query: '', headers: {}, cut: false };
    const head = { ...refused, ...request, mode: 'live', receivedAtUs: T0_US } as const;
    await pipeline.append(encodeIntakeRecord(head, encoder.encode('what is this?')));
    for (; pipeline.day < 3; pipeline.day++) await pipeline.receive(...Array.from({ length: 30 }, () => 'a'));
    const letters = async () => (await pipeline.store.counts(0)).deadLetters;
    await pipeline.sweep();
    expect(await letters()).toBe(1);
    const begun = pipeline.logStart;
    expect(begun).toBeGreaterThan(0);
    pipeline.day = 5;
    await pipeline.sweep();
    expect(await letters()).toBe(0);
    expect(pipeline.logStart).toBeGreaterThan(begun);
    expect(await pipeline.orders()).toContain('order:a');
  });

  it('removes the oldest, whatever their age, as long as the store is too large', async () => {
    await begin({ instances: 'forever', maxSize: '10MB' });
    for (; pipeline.day < 4; pipeline.day++)
      await pipeline.receive(...Array.from({ length: 100 }, (_, i) => `${pipeline.day}-${i}`));
    await pipeline.sweep();
    expect(await pipeline.orders()).toHaveLength(400);
    Object.assign(pipeline.store, { usedBytes: async () => 20e6 });
    await pipeline.sweep();
    const left = await pipeline.orders();
    expect(left).toHaveLength(380);
    expect(left.filter((order) => order.startsWith('order:0-'))).toHaveLength(80);
    expect(pipeline.lines).toEqual([expect.stringContaining('20 MB, more than 10 MB: the oldest 20 of 400')]);
  });
});
