import type { ProcessDefinition } from '../event/event.ts';
import { decodeComponent, decodeTrace, encodeComponent, encodeTrace } from './codec.ts';
import { type Component, keyNode, type Trace } from './model.ts';

/** Local, transactional key-value storage of the correlation state. */
export interface StateStore {
  /** One answer per key, in order. */
  getMany(keys: readonly string[]): Promise<readonly (string | undefined)[]>;
  /** All keys that begin so. */
  keysFrom(prefix: string): Promise<readonly string[]>;
  /** All or nothing. No key is in both. */
  commit(puts: readonly (readonly [key: string, value: string])[], deletes: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** What is known of the log at a checkpoint; everything behind it is derived again by replaying from `position`. */
export type Checkpoint = {
  readonly version: 1;
  readonly position: number;
  readonly nextInstanceNo: number;
  readonly nextEventNo: number;
  readonly duplicates: number;
  /** Absent in states of before log records were received. */
  readonly ignored?: number;
  readonly flows: readonly string[];
  /** What people call flows that nobody configured, where that is known. */
  readonly flowNames?: readonly FlowName[];
  /** Numbers of instances that changed and are still to be assembled. */
  readonly postponed?: readonly number[];
};

/** What became of the records of one import. */
export type ImportTally = {
  /** Events that were new. */
  events: number;
  /** Events that were there already. */
  duplicates: number;
};
/** The newest version of a process says what its flow is called. */
export type FlowName = { readonly flow: string; readonly name: string; readonly version: number };

/** Number and reception of an event in no instance. */
export type BareEvent = { readonly no: number; readonly receivedAtUs: number };

const CHECKPOINT_KEY = 'm';

/**
 * The part of the correlation state that is being worked on: what a batch needs is loaded before, what it changed is written
 * at a checkpoint, what was not used lately is dropped. Looking up is then free of waiting.
 */
export class WorkingSet {
  readonly traces = new Map<string, Trace>();
  readonly components = new Map<number, Component>();
  /** Key node → component. */
  readonly keys = new Map<string, number>();
  /** Import → highest row, line or element that was taken. */
  readonly rows = new Map<string, number>();
  /** Events that are in no instance, by scope and id: only to know them again. */
  readonly bare = new Map<string, BareEvent>();
  /** Run of an import → what became of it so far. */
  readonly tallies = new Map<string, ImportTally>();
  readonly #store: StateStore;
  readonly #dirtyBare = new Set<string>();
  /** By id; all are here once {@link checkpointed} was asked for, and never dropped. */
  readonly definitions = new Map<string, ProcessDefinition>();
  readonly #dirtyDefinitions = new Set<string>();
  /** Definition → instances that were assembled without it, and are not written down yet. */
  readonly #waiting = new Map<string, Set<number>>();
  readonly #dirtyTraces = new Set<Trace>();
  readonly #dirtyComponents = new Set<Component>();
  readonly #dirtyKeys = new Set<string>();
  readonly #dirtyRows = new Set<string>();
  readonly #dirtyTallies = new Set<string>();
  /** Keys of the store that count as gone: since the last checkpoint, and in the one that is being written. */
  #dropped = new Set<string>();
  #dropping: ReadonlySet<string> = new Set();

  constructor(store: StateStore) {
    this.#store = store;
  }

  /** To be asked first. */
  async checkpointed(): Promise<Checkpoint | undefined> {
    const [text] = await this.#store.getMany([CHECKPOINT_KEY]);
    if (text === undefined) return undefined;
    const checkpoint = JSON.parse(text) as Checkpoint;
    if (checkpoint.version !== 1) {
      throw new RangeError(
        `the correlation state has version ${checkpoint.version}, this program reads version 1: use the version that wrote it`,
      );
    }
    await this.#loadDefinitions();
    return checkpoint;
  }

  async loadTraces(keys: Iterable<string>): Promise<void> {
    const missing = absent(keys, this.traces);
    const texts = await this.#read(missing, (key) => `t${key}`);
    for (const [key, text] of texts) this.traces.set(key, decodeTrace(text));
  }

  /** Key nodes, and the components they belong to now. */
  async loadKeys(nodes: Iterable<string>): Promise<void> {
    const missing = absent(nodes, this.keys);
    for (const [node, text] of await this.#read(missing, (key) => `k${key}`))
      this.keys.set(node, Number(text));
    const numbers = new Set<number>();
    for (const node of nodes) {
      const no = this.keys.get(node);
      if (no !== undefined) numbers.add(no);
    }
    await this.loadComponents(numbers);
  }

  /** Components, following merges, be they here already or not. */
  async loadComponents(numbers: Iterable<number>): Promise<void> {
    let wanted = new Set(numbers);
    while (wanted.size > 0) {
      for (const [no, text] of await this.#read(absent(wanted, this.components), (key) => `c${key}`))
        this.components.set(no, decodeComponent(text));
      const followed = new Set<number>();
      for (const no of wanted) {
        const into = this.components.get(no)?.mergedInto;
        if (into !== undefined) followed.add(into);
      }
      wanted = followed;
    }
  }

  async loadRows(imports: Iterable<string>): Promise<void> {
    const missing = absent(imports, this.rows);
    for (const [key, text] of await this.#read(missing, (id) => `r${id}`)) this.rows.set(key, Number(text));
  }

  async loadBare(nodes: Iterable<string>): Promise<void> {
    const missing = absent(nodes, this.bare);
    for (const [node, text] of await this.#read(missing, (key) => `b${key}`)) {
      // Older states do not say.
      const [no = 0, receivedAtUs = Number.POSITIVE_INFINITY] =
        text === '' ? [] : text.split(' ').map(Number);
      this.bare.set(node, { no, receivedAtUs });
    }
  }

  /** For a question from outside, whether it is loaded or not; 0 for an import that is not known. */
  async highestRow(importId: string): Promise<number> {
    const [text] = await this.#store.getMany([`r${importId}`]);
    return this.rows.get(importId) ?? Number(text ?? 0);
  }

  async loadTallies(runs: Iterable<string>): Promise<void> {
    const texts = await this.#read(absent(runs, this.tallies), (run) => `i${run}`);
    for (const [run, text] of texts) this.tallies.set(run, JSON.parse(text) as ImportTally);
  }

  /** All of them: there are few, and every instance may need one. */
  async #loadDefinitions(): Promise<void> {
    const keys = await this.#store.keysFrom('d');
    for (const text of await this.#store.getMany(keys)) {
      if (text === undefined) continue;
      const definition = JSON.parse(text) as ProcessDefinition;
      this.definitions.set(definition.id, definition);
    }
  }

  addDefinition(definition: ProcessDefinition): void {
    this.definitions.set(definition.id, definition);
    this.#dirtyDefinitions.add(definition.id);
  }

  /** Remembers that the instance is to be assembled again should the definition come. */
  awaitDefinition(id: string, no: number): void {
    const numbers = this.#waiting.get(id);
    if (numbers === undefined) this.#waiting.set(id, new Set([no]));
    else numbers.add(no);
  }

  async awaiting(id: string): Promise<ReadonlySet<number>> {
    const numbers = new Set(this.#waiting.get(id));
    const prefix = waitingKey(id, '');
    for (const key of await this.#store.keysFrom(prefix))
      if (!this.#isDropped(key)) numbers.add(Number(key.slice(prefix.length)));
    return numbers;
  }

  async #read<K>(keys: readonly K[], prefix: (key: K) => string): Promise<[K, string][]> {
    const present =
      this.#dropped.size + this.#dropping.size === 0
        ? keys
        : keys.filter((key) => !this.#isDropped(prefix(key)));
    if (present.length === 0) return [];
    const texts = await this.#store.getMany(present.map(prefix));
    const found: [K, string][] = [];
    present.forEach((key, i) => {
      const text = texts[i];
      if (text !== undefined) found.push([key, text]);
    });
    return found;
  }

  /** The number that stands for this one after all merges. */
  resolve(no: number): number {
    let at = no;
    for (;;) {
      const into = this.components.get(at)?.mergedInto;
      if (into === undefined) return at;
      at = into;
    }
  }

  setKey(node: string, no: number): void {
    this.keys.set(node, no);
    this.#dirtyKeys.add(node);
  }

  setRows(importId: string, row: number): void {
    this.rows.set(importId, row);
    this.#dirtyRows.add(importId);
  }

  addBare(node: string, event: BareEvent): void {
    this.bare.set(node, event);
    this.#dirtyBare.add(node);
  }

  countImported(run: string, events: number, duplicates: number): void {
    let tally = this.tallies.get(run);
    if (tally === undefined) {
      tally = { events: 0, duplicates: 0 };
      this.tallies.set(run, tally);
    }
    tally.events += events;
    tally.duplicates += duplicates;
    this.#dirtyTallies.add(run);
  }

  /** Forgets it, also in the store. */
  dropTrace(trace: Trace): void {
    this.traces.delete(trace.key);
    this.#dirtyTraces.delete(trace);
    this.#dropped.add(`t${trace.key}`);
  }

  dropComponent(no: number): void {
    const component = this.components.get(no);
    if (component !== undefined) this.#dirtyComponents.delete(component);
    this.components.delete(no);
    this.#dropped.add(`c${no}`);
  }

  dropKey(node: string): void {
    this.keys.delete(node);
    this.#dirtyKeys.delete(node);
    this.#dropped.add(`k${node}`);
  }

  dropBare(node: string): void {
    this.bare.delete(node);
    this.#dirtyBare.delete(node);
    this.#dropped.add(`b${node}`);
  }

  /** The instance is not to be assembled again for this definition. */
  dropAwaiting(id: string, no: number): void {
    this.#waiting.get(id)?.delete(no);
    this.#dropped.add(waitingKey(id, no));
  }

  #isDropped(key: string): boolean {
    return this.#dropped.has(key) || this.#dropping.has(key);
  }

  touchTrace(trace: Trace): void {
    if (this.#dirtyTraces.has(trace)) return;
    this.#dirtyTraces.add(trace);
    this.traces.delete(trace.key);
    this.traces.set(trace.key, trace);
  }

  touchComponent(component: Component): void {
    if (this.#dirtyComponents.has(component)) return;
    this.#dirtyComponents.add(component);
    this.components.delete(component.no);
    this.components.set(component.no, component);
  }

  /**
   * Takes down all that changed, with the position up to which it is true. @returns what writes it, in one step; until that is done
   * nothing may be dropped. What changes meanwhile belongs to the next checkpoint.
   */
  takeCheckpoint(checkpoint: Checkpoint): () => Promise<void> {
    const puts: [string, string][] = [[CHECKPOINT_KEY, JSON.stringify(checkpoint)]];
    for (const trace of this.#dirtyTraces) puts.push([`t${trace.key}`, encodeTrace(trace)]);
    for (const component of this.#dirtyComponents)
      puts.push([`c${component.no}`, encodeComponent(component)]);
    for (const node of this.#dirtyKeys) puts.push([`k${node}`, String(this.keys.get(node))]);
    for (const id of this.#dirtyRows) puts.push([`r${id}`, String(this.rows.get(id))]);
    for (const node of this.#dirtyBare) {
      const bare = this.bare.get(node);
      puts.push([`b${node}`, `${bare?.no} ${bare?.receivedAtUs}`]);
    }
    this.#dirtyBare.clear();
    for (const run of this.#dirtyTallies) puts.push([`i${run}`, JSON.stringify(this.tallies.get(run))]);
    for (const id of this.#dirtyDefinitions) puts.push([`d${id}`, JSON.stringify(this.definitions.get(id))]);
    const waiting = new Map([...this.#waiting].map(([id, numbers]) => [id, new Set(numbers)] as const));
    for (const [id, numbers] of waiting) for (const no of numbers) puts.push([waitingKey(id, no), '']);
    this.#dirtyTraces.clear();
    this.#dirtyComponents.clear();
    this.#dirtyKeys.clear();
    this.#dirtyRows.clear();
    this.#dirtyTallies.clear();
    this.#dirtyDefinitions.clear();
    for (const [key] of puts) this.#dropped.delete(key);
    const dropping = this.#dropped;
    this.#dropping = dropping;
    this.#dropped = new Set();
    return async () => {
      await this.#store.commit(puts, [...dropping]);
      this.#dropping = new Set();
      this.#forgetWaiting(waiting);
    };
  }

  /** What was written is asked of the store from now on. */
  #forgetWaiting(written: ReadonlyMap<string, ReadonlySet<number>>): void {
    for (const [id, numbers] of written) {
      const waiting = this.#waiting.get(id);
      for (const no of numbers) waiting?.delete(no);
      if (waiting?.size === 0) this.#waiting.delete(id);
    }
  }

  /**
   * Drops what was added longest ago until about `maxEvents` events stay, but nothing that is not written yet. Only while no
   * checkpoint is being written and no changes wait to be taken.
   */
  evict(maxEvents: number): void {
    let events = this.bare.size;
    for (const trace of this.traces.values()) events += trace.events.size + 1;
    for (const component of this.components.values()) events += component.own.length + 1;
    if (events <= maxEvents) return;
    for (const node of this.bare.keys()) {
      if (this.#dirtyBare.has(node)) continue;
      events -= 1;
      this.bare.delete(node);
    }
    for (const [key, trace] of this.traces) {
      if (events <= maxEvents / 2) break;
      if (this.#dirtyTraces.has(trace)) continue;
      events -= trace.events.size + 1;
      this.traces.delete(key);
    }
    // What was assigned names components by number, and some of those go now.
    for (const trace of this.traces.values()) trace.assignment = undefined;
    for (const [no, component] of this.components) {
      if (events <= maxEvents / 2) break;
      if (this.#dirtyComponents.has(component)) continue;
      events -= component.own.length + 1;
      this.components.delete(no);
      for (const key of component.keys) this.keys.delete(keyNode(component.flow, component.scope, key));
    }
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}

function waitingKey(definition: string, no: number | ''): string {
  return `w${definition}\0${no}`;
}

function absent<K>(keys: Iterable<K>, present: ReadonlyMap<K, unknown>): K[] {
  const missing = new Set<K>();
  for (const key of keys) if (!present.has(key)) missing.add(key);
  return [...missing];
}
