import fc from 'fast-check';
import type { FlowDefinition } from '../config/flow.ts';
import type { NormalisedEvent, ProcessDefinition } from '../event/event.ts';
import type { Expiry } from '../event/expiry.ts';
import { Correlator, type InstanceChanges } from './correlator.ts';
import type { InstanceDocument } from './instance.ts';
import { memoryState } from './level-state.ts';
import type { CorrelatedEvent } from './model.ts';
import { type Checkpoint, WorkingSet } from './working-set.ts';

/** Small, so that in a test of a few events some are large and have to wait. */
const PACING = { largeEvents: 3, pauseMsPerEvent: 1 };

/** What may happen between two events. All but `crash` only happen once a replay has caught up with the store. */
export type Action =
  | { readonly kind: 'take'; readonly count: number }
  | { readonly kind: 'flush' }
  /**
   * Writes everything, then the state, and drops all but about this many events from memory; `late`: after whatever comes before the
   * next flush.
   */
  | { readonly kind: 'checkpoint'; readonly keepEvents: number; readonly late: boolean }
  | { readonly kind: 'crash' };

export const actions: fc.Arbitrary<Action[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant('take' as const), count: fc.integer({ min: 1, max: 6 }) }),
    },
    { weight: 3, arbitrary: fc.constant<Action>({ kind: 'flush' }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('checkpoint' as const),
        keepEvents: fc.constantFrom(0, 0, 6, 1000),
        late: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.constant<Action>({ kind: 'crash' }) },
  ),
  { maxLength: 30 },
);

/** What the log of a simulation has. */
export type Entry = NormalisedEvent | { readonly expiry: Expiry };

/** The rows of a store, written as a store writes them: a row under a number that is not free is a row left over. */
export class Rows {
  readonly byNo = new Map<number, InstanceDocument>();
  /** Every document that was ever there. */
  readonly history: InstanceDocument[] = [];

  apply(changes: InstanceChanges): void {
    for (const no of changes.replaced) this.byNo.delete(no);
    for (const no of changes.removed) this.byNo.delete(no);
    for (const document of changes.instances) {
      if (this.byNo.has(document.no)) throw new Error(`instance ${document.no} would be there twice`);
      this.byNo.set(document.no, document);
      this.history.push(document);
    }
  }

  /** By any id that an instance ever had. */
  resolve(id: string): InstanceDocument[] {
    return [...this.byNo.values()].filter(
      (document) => document.instance === id || document.aliases.includes(id),
    );
  }
}

/** One partition's way from a log to the rows, with whatever happens to it. The log is given; its positions are indexes. */
export class Simulation {
  readonly rows = new Rows();
  /** Numbers of events, as a store has them. */
  readonly events = new Set<number>();
  readonly #log: readonly Entry[];
  readonly #flows: ReadonlyMap<string, FlowDefinition>;
  readonly #definitions: ReadonlyMap<number, ProcessDefinition>;
  readonly state = new Map<string, string>();
  #working: WorkingSet;
  #correlator: Correlator;
  #position = 0;
  #appliedEventNo = 0;
  #nowMs = 0;
  /** A checkpoint that is not written yet. */
  #pending: { readonly commit: () => Promise<void>; readonly keepEvents: number } | undefined;

  /** @param definitions place in the log → what was deployed right before it; after the last event at its length. */
  constructor(
    log: readonly Entry[],
    flows: ReadonlyMap<string, FlowDefinition>,
    definitions: ReadonlyMap<number, ProcessDefinition> = new Map(),
  ) {
    this.#log = log;
    this.#definitions = definitions;
    this.#flows = flows;
    this.#working = new WorkingSet(memoryState(this.state));
    this.#correlator = new Correlator(this.#working, flows, PACING);
  }

  /** How many events were numbered, repeats left out. */
  get eventCount(): number {
    return this.#correlator.nextEventNo - 1;
  }

  /** Does all this, then takes what is left. */
  async run(happenings: readonly Action[]): Promise<Rows> {
    for (const action of happenings) await this.#do(action);
    await this.#take(this.#log.length - this.#position);
    await this.#flush(Number.POSITIVE_INFINITY);
    await this.#take(1);
    await this.#flush(Number.POSITIVE_INFINITY);
    await this.#takeCheckpoint()();
    return this.rows;
  }

  async #do(action: Action): Promise<void> {
    this.#nowMs += 1;
    if (action.kind === 'take') return this.#take(action.count);
    if (action.kind === 'crash') return this.#restart();
    if (this.#correlator.nextEventNo <= this.#appliedEventNo) return;
    await this.#flush();
    if (action.kind !== 'checkpoint') return;
    this.#pending = { commit: this.#takeCheckpoint(), keepEvents: action.keepEvents };
    if (!action.late) await this.#finishCheckpoint();
  }

  async #take(count: number): Promise<void> {
    const batch = this.#log.slice(this.#position, this.#position + count);
    for (const [place, definition] of this.#definitions) {
      const end = this.#position + count;
      if (place >= this.#position && (place < end || end > this.#log.length))
        this.#correlator.define(definition);
    }
    for (let from = 0; from < batch.length; ) {
      const entry = batch[from];
      if (entry !== undefined && 'expiry' in entry) {
        await this.#expire(entry.expiry);
        from++;
        continue;
      }
      const rest = batch.slice(from);
      const until = rest.findIndex((each) => 'expiry' in each);
      const events = (until < 0 ? rest : rest.slice(0, until)) as NormalisedEvent[];
      await this.#add(events);
      from += events.length;
    }
    this.#position += batch.length;
  }

  async #add(events: readonly NormalisedEvent[]): Promise<void> {
    await this.#correlator.prepare(events);
    for (const event of events) {
      const added = this.#correlator.add(event);
      if (added !== undefined && added.no > this.#appliedEventNo) this.events.add(added.no);
    }
  }

  async #expire(expiry: Expiry): Promise<void> {
    for (const no of await this.#correlator.expire(expiry)) this.events.delete(no);
  }

  async #flush(nowMs = this.#nowMs): Promise<void> {
    this.rows.apply(await this.#correlator.takeChanges(nowMs));
    this.#appliedEventNo = this.#correlator.nextEventNo - 1;
    await this.#finishCheckpoint();
  }

  async #finishCheckpoint(): Promise<void> {
    const pending = this.#pending;
    this.#pending = undefined;
    await pending?.commit();
    if (pending !== undefined) this.#working.evict(pending.keepEvents);
  }

  #takeCheckpoint(): () => Promise<void> {
    const { nextEventNo, nextInstanceNo, duplicates } = this.#correlator;
    const flows = this.#correlator.flows().map((flow) => flow.flow);
    const checkpoint: Checkpoint = {
      version: 1,
      position: this.#position,
      nextEventNo,
      nextInstanceNo,
      duplicates,
      flows,
      postponed: this.#correlator.postponed,
    };
    return this.#working.takeCheckpoint(checkpoint);
  }

  async #restart(): Promise<void> {
    this.#pending = undefined;
    this.#working = new WorkingSet(memoryState(this.state));
    this.#correlator = new Correlator(this.#working, this.#flows, PACING);
    const checkpoint = await this.#working.checkpointed();
    this.#position = checkpoint?.position ?? 0;
    this.#correlator.nextEventNo = checkpoint?.nextEventNo ?? 1;
    this.#correlator.nextInstanceNo = checkpoint?.nextInstanceNo ?? 1;
    this.#correlator.duplicates = checkpoint?.duplicates ?? 0;
    for (const flow of checkpoint?.flows ?? []) this.#correlator.declareFlow(flow);
    this.#correlator.postpone(checkpoint?.postponed ?? []);
    this.#correlator.assumeStored = this.#appliedEventNo >= this.#correlator.nextEventNo;
  }
}

/** The events in any order, some of them more than once. */
export function deliveries(events: readonly NormalisedEvent[]): fc.Arbitrary<NormalisedEvent[]> {
  return fc
    .tuple(
      fc.shuffledSubarray([...events], { minLength: events.length }),
      fc.array(
        fc.record({ event: fc.constantFrom(...events), at: fc.integer({ min: 0, max: events.length }) }),
        { maxLength: 4 },
      ),
    )
    .map(([shuffled, repeats]) => {
      for (const { event, at } of repeats) shuffled.splice(at, 0, { ...event });
      return shuffled;
    });
}

/** A document without what depends on the order of arrival: its numbers, and what it was before. */
export function comparable(document: InstanceDocument): object {
  const nameOf = (event: CorrelatedEvent) => `${event.scope} ${event.id}`;
  const { no: _, mergedFrom: __, aliases: ___, ...rest } = document;
  return {
    ...rest,
    steps: document.steps.map((step) => ({ ...step, events: step.events.map(nameOf) })),
    members: document.members.map(({ event, rule, step }) => [nameOf(event), rule, step]),
  };
}

/** For comparing: in the order of their ids. */
export function sortedDocuments(documents: Iterable<InstanceDocument>): object[] {
  return [...documents]
    .sort((a, b) => (`${a.instance} ${a.scope}` < `${b.instance} ${b.scope}` ? -1 : 1))
    .map(comparable);
}
