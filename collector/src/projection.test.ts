import { type LogReader, type LogRecord, logPosition } from '@throughline/engine/log';
import { beforeEach, describe, expect, it } from 'vitest';
import { type FlowDefinition, UNASSIGNED, undeclaredFlow } from './config/flow.ts';
import { Correlator } from './correlate/correlator.ts';
import { memoryState } from './correlate/level-state.ts';
import { Rows, sortedDocuments } from './correlate/simulation.testkit.ts';
import { type StateStore, WorkingSet } from './correlate/working-set.ts';
import type { NormalisedEvent } from './event/event.ts';
import type { Expiry } from './event/expiry.ts';
import { encodeIntakeRecord, type RowsHead, type RowValue } from './intake/record.ts';
import { Projection, type ProjectionLimits } from './projection.ts';
import type { StoreBatch } from './store/store.ts';

const FLOWS: ReadonlyMap<string, FlowDefinition> = new Map(
  [
    { ...undeclaredFlow('orders'), keyTypes: new Set(['order', 'payment']) },
    { ...undeclaredFlow(UNASSIGNED), keyTypes: new Set<string>() },
  ].map((flow) => [flow.flow, flow]),
);
const KEY_READERS = ['order', 'payment'].map((keyType) => ({
  keyType,
  source: 'otlp' as const,
  attribute: `${keyType}.id`,
}));
const LIMITS: ProjectionLimits = {
  readBytes: 150,
  flushEvents: 4,
  flushIntervalMs: 500,
  catchUpIntervalMs: 2_000,
  checkpointIntervalMs: 1_200,
  checkpointEvents: 1e9,
  hotEvents: 2,
};
const RECEIVED_US = 1_767_225_600_000_000;
const encoder = new TextEncoder();

function rows(firstRow: number, cases: readonly (string | null)[], run?: string): Uint8Array {
  const head: RowsHead = {
    wire: 'rows',
    mode: 'backfill',
    receivedAtUs: RECEIVED_US,
    source: 'file:fines.csv',
    importId: 'abc',
    flow: 'fines',
    mapping: { case: 'case', activity: 'activity', time: 'time' },
    columns: ['case', 'activity', 'time'],
    firstRow,
    ...(run !== undefined && { imported: { importId: 'abc', run, first: firstRow, count: cases.length } }),
  };
  const body: RowValue[][] = cases.map((name, i) => [name, `Activity ${firstRow + i}`, '2026-01-01']);
  return encodeIntakeRecord(head, encoder.encode(JSON.stringify(body)));
}

type Span = readonly [trace: number, span: number, parent: number, keys?: Readonly<Record<string, string>>];

function spans(...list: readonly Span[]): Uint8Array {
  const hex = (value: number, digits: number) =>
    value === 0 ? '' : value.toString(16).padStart(digits, '0');
  const body = {
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: list.map(([trace, span, parent, keys = {}]) => ({
              traceId: hex(trace, 32),
              spanId: hex(span, 16),
              parentSpanId: hex(parent, 16),
              name: `span ${span}`,
              kind: 4,
              startTimeUnixNano: String((RECEIVED_US + span) * 1000),
              endTimeUnixNano: String((RECEIVED_US + span + 1) * 1000),
              attributes: Object.entries(keys).map(([key, value]) => ({
                key: `${key}.id`,
                value: { stringValue: value },
              })),
            })),
          },
        ],
      },
    ],
  };
  const head = { wire: 'otlp', encoding: 'json', mode: 'live', receivedAtUs: RECEIVED_US } as const;
  return encodeIntakeRecord(head, encoder.encode(JSON.stringify(body)));
}

/** Log records, of which only those of an order are events. */
function logs(...orders: readonly (string | undefined)[]): Uint8Array {
  const logRecords = orders.map((order, i) => ({
    traceId: '2'.padStart(32, '0'),
    spanId: '15'.padStart(16, '0'),
    timeUnixNano: String((RECEIVED_US + 60 + i) * 1000),
    attributes: order === undefined ? [] : [{ key: 'order.id', value: { stringValue: order } }],
  }));
  const head = { wire: 'otlp-logs', encoding: 'json', mode: 'live', receivedAtUs: RECEIVED_US } as const;
  const body = { resourceLogs: [{ scopeLogs: [{ logRecords }] }] };
  return encodeIntakeRecord(head, encoder.encode(JSON.stringify(body)));
}

/** Late joins, a trace that finds its instance, repeats, an import that was sent twice and has a bad row. */
const LOG: readonly Uint8Array[] = [
  spans([1, 11, 10], [2, 21, 0, { order: '1' }]),
  rows(1, ['A', 'B', 'A']),
  spans([3, 31, 0, { payment: '7' }], [2, 22, 21]),
  rows(1, ['A', 'B', 'A'], 'again'),
  spans([1, 10, 0, { order: '2' }], [4, 41, 40]),
  rows(3, ['A', null, 'B', 'C'], 'more'),
  spans([2, 21, 0, { order: '1' }]),
  spans([5, 51, 0, { order: '1', payment: '7' }], [2, 23, 99]),
  rows(7, ['C', 'A'], 'more'),
  spans([2, 24, 21, { order: '2' }]),
  spans([6, 61, 0, { order: '2', payment: '7' }], [4, 42, 41], [3, 32, 31]),
  rows(3, ['A', null, 'B', 'C', 'C', 'A'], 'again'),
  logs('1', undefined, undefined),
  logs('1', undefined, undefined),
];

/** By its place in the log: all that was received before is old enough. */
function expiryOf(fields: Partial<Expiry>): Uint8Array {
  const bounds = { flows: {}, others: RECEIVED_US + 1, imports: RECEIVED_US + 1 };
  const expiry: Expiry = { bounds, instances: [], traces: [], events: [], ...fields };
  const head = { wire: 'expire', mode: 'live', receivedAtUs: RECEIVED_US } as const;
  return encodeIntakeRecord(head, encoder.encode(JSON.stringify(expiry)));
}

/** The first import and one trace expire in the middle, all orders at the end; what comes afterwards begins anew. */
const EXPIRING_LOG: readonly Uint8Array[] = [
  ...LOG.slice(0, 9),
  expiryOf({
    instances: [
      { flow: 'fines', scope: 'default/default', key: 'fines:A' },
      { flow: 'orders', scope: 'default/default', key: 'order:1' },
    ],
    traces: [{ scope: 'default/default', traceId: '4'.padStart(32, '0') }],
  }),
  ...LOG.slice(9),
  expiryOf({ instances: [{ flow: 'orders', scope: 'default/default', key: 'payment:7' }] }),
  expiryOf({ instances: [{ flow: 'orders', scope: 'default/default', key: 'payment:7' }] }),
];

/** What outlives a crash, and the crash: `before` or `after` the operation of that number took effect. */
class World {
  readonly state = new Map<string, string>();
  readonly rows = new Rows();
  readonly events = new Map<number, NormalisedEvent>();
  readonly deadLetters = new Set<string>();
  readonly batches: StoreBatch[] = [];
  appliedEventNo = 0;
  /** As the last run that came to its end counted it. */
  ignored = 0;
  operations = 0;
  nowMs = 0;
  crash: { readonly at: number; readonly when: 'before' | 'after' } | undefined;
  log: readonly Uint8Array[] = LOG;

  #strike(when: 'before' | 'after'): void {
    if (this.crash?.at === this.operations && this.crash.when === when) throw new Error('crash');
  }

  async #operation(effect: () => void): Promise<void> {
    this.operations++;
    this.#strike('before');
    effect();
    await Promise.resolve();
    this.#strike('after');
  }

  readonly apply = (batch: StoreBatch): Promise<void> =>
    this.#operation(() => {
      this.batches.push(batch);
      this.rows.apply(batch);
      for (const { no, event } of batch.events) {
        if (no <= this.appliedEventNo) continue;
        if (this.events.has(no)) throw new Error(`event ${no} would be there twice`);
        this.events.set(no, event);
      }
      for (const no of batch.removedEvents) this.events.delete(no);
      this.appliedEventNo = Math.max(this.appliedEventNo, batch.numberedUntil);
      for (const letter of batch.deadLetters) this.deadLetters.add(letter.id);
    });

  stateStore(): StateStore {
    const memory = memoryState(this.state);
    return {
      ...memory,
      commit: (puts, deletes) => this.#operation(() => void memory.commit(puts, deletes)),
    };
  }

  /** Runs a new process until all of the log is stored, or until it fails. */
  async run(limits: Partial<ProjectionLimits> = {}): Promise<Projection> {
    const stopping = new AbortController();
    const working = new WorkingSet(this.stateStore());
    const world = this;
    const projection: Projection = new Projection({
      reader: this.#reader(() => {
        this.nowMs += 250;
        if (projection.storedPosition >= this.log.length * 10) stopping.abort();
      }),
      working,
      correlator: new Correlator(working, FLOWS, { largeEvents: 4, pauseMsPerEvent: 200 }),
      store: {
        apply: this.apply,
        get appliedEventNo() {
          return world.appliedEventNo;
        },
      },
      rules: { keyReaders: KEY_READERS },
      limits: { ...LIMITS, ...limits },
      clock: () => this.nowMs,
      yieldTurn: async () => {
        this.nowMs += 100;
      },
      onFlush: () => undefined,
    });
    await projection.recover();
    await projection.run(stopping.signal);
    this.ignored = projection.ignored;
    return projection;
  }

  #reader(onWait: () => void): LogReader {
    const at = (index: number) => logPosition(index * 10);
    const records = this.log.map((payload, i): LogRecord => ({ position: at(i), next: at(i + 1), payload }));
    return {
      start: at(0),
      end: at(records.length),
      read: (from) => records.slice(from / 10, from / 10 + 3),
      waitFor: async () => {
        onWait();
        return true;
      },
      close: () => undefined,
    };
  }

  content(): object {
    const eventsOfMembers = [...this.rows.byNo.values()].flatMap(({ members }) =>
      members.map(({ event }) => [event.id, this.events.get(event.no)?.id]),
    );
    expect(eventsOfMembers.filter(([id, stored]) => id !== stored)).toEqual([]);
    return {
      events: [...this.events].sort(([a], [b]) => a - b).map(([no, event]) => [no, event.id]),
      deadLetters: [...this.deadLetters].sort(),
      ignored: this.ignored,
      instances: sortedDocuments(this.rows.byNo.values()),
    };
  }

  /** What is counted of each import, as it would be after a restart. */
  tallies(): object {
    const kept = [...this.state].filter(([key]) => key.startsWith('i'));
    return Object.fromEntries(kept.map(([key, text]) => [key.slice(1), JSON.parse(text)]));
  }

  /** Ids that were shown and lead nowhere now. */
  lostIds(): string[] {
    return this.rows.history
      .map(({ instance }) => instance)
      .filter((id) => this.rows.resolve(id).length === 0);
  }
}

describe('the projection', () => {
  const whole = new World();
  beforeEach(async () => {
    if (whole.operations === 0) await whole.run();
  });

  it('stores every event once and tells repeated rows of an import by their number', () => {
    const ids = [...whole.events.values()].map((event) => event.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => id.startsWith('file:')).sort()).toEqual(
      [1, 2, 3, 5, 6, 7, 8].map((row) => `file:abc:${row}`),
    );
    expect(ids.filter((id) => !id.startsWith('file:'))).toHaveLength(13);
    expect(whole.ignored).toBe(4);
    expect([...whole.deadLetters]).toEqual(['file:abc:4']);
    expect(whole.lostIds()).toEqual([]);
  });

  it('joins what belongs together, over traces, imports and late keys', () => {
    const members = [...whole.rows.byNo.values()].map(({ flow, keys, members: list }) => [
      flow,
      keys.join(' '),
      list.length,
    ]);
    expect(members.sort()).toEqual([
      ['fines', 'fines:A', 3],
      ['fines', 'fines:B', 2],
      ['fines', 'fines:C', 2],
      ['orders', 'order:1 order:2 payment:7', 11],
      ['unassigned', '', 2],
    ]);
  });

  it('ends with the same content, wherever it crashes once', async () => {
    for (let at = 1; at <= whole.operations; at++) {
      for (const when of ['before', 'after'] as const) {
        const world = new World();
        world.crash = { at, when };
        await expect(world.run(), `crash ${when} operation ${at}`).rejects.toThrow('crash');
        world.crash = undefined;
        await world.run();
        expect(world.content(), `crash ${when} operation ${at}`).toEqual(whole.content());
        expect(world.tallies(), `crash ${when} operation ${at}`).toEqual(whole.tallies());
        expect(world.lostIds()).toEqual([]);
      }
    }
  });

  it('ends with the same content when it crashes at every third operation', async () => {
    for (const when of ['before', 'after'] as const) {
      const world = new World();
      for (let crashes = 0; crashes < 8; crashes++) {
        world.crash = { at: world.operations + 3, when };
        await world.run().catch(() => undefined);
      }
      world.crash = undefined;
      await world.run();
      expect(world.content()).toEqual(whole.content());
      expect(world.tallies()).toEqual(whole.tallies());
      expect(world.lostIds()).toEqual([]);
    }
  });

  it('removes what expired, and that it stays so wherever it crashes once', async () => {
    const undisturbed = new World();
    undisturbed.log = EXPIRING_LOG;
    await undisturbed.run();
    const members = [...undisturbed.rows.byNo.values()].map(({ flow, keys, members: list }) => [
      flow,
      keys.join(' '),
      list.length,
    ]);
    expect(members.sort()).toEqual([
      ['fines', 'fines:B', 2],
      ['fines', 'fines:C', 2],
      ['unassigned', '', 1],
      ['unassigned', '', 1],
    ]);
    expect(undisturbed.events.size).toBe(6);
    for (let at = 1; at <= undisturbed.operations; at++) {
      for (const when of ['before', 'after'] as const) {
        const world = new World();
        world.log = EXPIRING_LOG;
        world.crash = { at, when };
        await expect(world.run(), `crash ${when} operation ${at}`).rejects.toThrow('crash');
        world.crash = undefined;
        await world.run();
        expect(world.content(), `crash ${when} operation ${at}`).toEqual(undisturbed.content());
      }
    }
  });

  it('counts what of an import was new and what was there, and knows how far it came', () => {
    expect(whole.tallies()).toEqual({
      again: { events: 0, duplicates: 8 },
      more: { events: 4, duplicates: 1 },
    });
    expect(whole.state.get('rabc')).toBe('8');
  });

  it('rejects when the store fails, and keeps no state beyond what was stored', async () => {
    const world = new World();
    world.crash = { at: 3, when: 'before' };
    await expect(world.run({ checkpointIntervalMs: 0 })).rejects.toThrow('crash');
    const checkpoint = JSON.parse(world.state.get('m') ?? '{"nextEventNo":1}') as { nextEventNo: number };
    expect(checkpoint.nextEventNo - 1).toBe(world.appliedEventNo);
    expect(world.batches).toHaveLength(1);
  });

  it('writes when a batch is full, and not before its time otherwise', async () => {
    const world = new World();
    await world.run({ flushEvents: 6, catchUpIntervalMs: 1e9, checkpointIntervalMs: 1e9 });
    const sizes = world.batches.map((batch) => batch.events.length);
    // Full at the end of what was read at once.
    expect(sizes.slice(0, 2)).toEqual([7, 8]);
    const slow = new World();
    await slow.run({ flushEvents: 1e9, catchUpIntervalMs: 1e9, checkpointIntervalMs: 1e9 });
    expect(slow.batches.filter((batch) => batch.events.length > 0)).toHaveLength(1);
    const catchingUp = new World();
    await catchingUp.run({ flushEvents: 1e9, catchUpIntervalMs: 300, checkpointIntervalMs: 1e9 });
    expect(catchingUp.batches.filter((batch) => batch.events.length > 0)).toHaveLength(5);
  });

  it('remembers how far it read, also where nothing came of it', async () => {
    const world = new World();
    world.log = Array.from({ length: 40 }, () => logs(undefined));
    world.crash = { at: 2, when: 'before' };
    await expect(world.run()).rejects.toThrow('crash');
    const { position, ignored } = JSON.parse(world.state.get('m') ?? '{}') as Record<string, number>;
    expect(position).toBeGreaterThan(0);
    expect(ignored).toBe((position ?? 0) / 10);
    expect(world.batches).toEqual([]);
  });

  it('writes nothing while it replays what the store has', async () => {
    const world = new World();
    world.crash = { at: 4, when: 'before' };
    await expect(world.run({ checkpointIntervalMs: 1e9 })).rejects.toThrow('crash');
    const atCrash = world.content();
    world.crash = { at: world.operations + 1, when: 'after' };
    await expect(world.run({ flushEvents: 1, catchUpIntervalMs: 0 })).rejects.toThrow('crash');
    expect(world.batches.at(-1)?.events).toEqual([]);
    expect(world.content()).toEqual(atCrash);
  });

  it('says so when the store, the state and the log do not belong together', async () => {
    const world = new World();
    await world.run();
    world.appliedEventNo = 3;
    await expect(world.run()).rejects.toThrow('the store has 3 events, the correlation state 20');
    const cut = new World();
    await cut.run();
    cut.state.clear();
    cut.log = LOG.slice(0, 3);
    await expect(cut.run()).rejects.toThrow('the store has more events than the intake log');
  });
});
