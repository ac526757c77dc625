import { RowCopy } from './row-copy.ts';
import type { StatePart, Store, StoredRow } from './store.ts';
import type { StateKey } from './table.ts';

type Entry<K> = { readonly key: K; readonly dueMs: number; readonly order: number };

const NONE: ReadonlySet<never> = new Set<never>();

/** What processors get. */
export interface ReadDueTable<K extends StateKey> {
  readonly size: number;
  get(key: K): number | undefined;
  /** When the first is due that is not among `except`; undefined when there is none. */
  nextDueMs(except?: ReadonlySet<K>): number | undefined;
  /**
   * Up to `limit` keys that are due at `nowMs` and not among `except`, the longest overdue first. Costs as many as it
   * gives and passes over.
   */
  due(nowMs: number, limit: number, except?: ReadonlySet<K>): K[];
  /** All keys and their times, in no order. */
  entries(): IterableIterator<[K, number]>;
}

/** Keys with the time at which something is to happen to them: a heap whose outdated entries are dropped when met. */
export class DueTable<K extends StateKey> implements ReadDueTable<K>, StatePart {
  readonly name: string;
  readonly version: number;
  readonly #store: Store;
  readonly #times = new Map<K, number>();
  readonly #copy = new RowCopy<K, number>(this.#times);
  #heap: Entry<K>[] = [];
  #order = 0;

  constructor(store: Store, name: string, version = 1) {
    this.#store = store;
    this.name = name;
    this.version = version;
    store.add(this);
  }

  get size(): number {
    return this.#times.size;
  }

  get(key: K): number | undefined {
    return this.#times.get(key);
  }

  nextDueMs(except: ReadonlySet<K> = NONE): number | undefined {
    const passed: Entry<K>[] = [];
    let first = this.#first();
    while (first !== undefined && except.has(first.key)) {
      passed.push(first);
      this.#pop();
      first = this.#first();
    }
    for (const entry of passed) this.#push(entry);
    return first?.dueMs;
  }

  due(nowMs: number, limit: number, except: ReadonlySet<K> = NONE): K[] {
    const found = new Set<K>();
    const passed: Entry<K>[] = [];
    while (found.size < limit) {
      const first = this.#first();
      if (first === undefined || first.dueMs > nowMs) break;
      this.#pop();
      if (found.has(first.key)) continue; // taken out and put back at the same time: it has two entries
      passed.push(first);
      if (!except.has(first.key)) found.add(first.key);
    }
    // They stay until an applier takes them out.
    for (const entry of passed) this.#push(entry);
    return [...found];
  }

  entries(): IterableIterator<[K, number]> {
    return this.#times.entries();
  }

  set(key: K, dueMs: number): void {
    this.#note(key);
    this.#put(key, dueMs);
  }

  /** Nothing happens when it is not there. */
  delete(key: K): void {
    if (!this.#times.has(key)) return;
    this.#note(key);
    this.#times.delete(key);
  }

  restore(key: unknown, _member: unknown, before: unknown): void {
    this.#copy.keep(key as K);
    if (before === undefined) this.#times.delete(key as K);
    else this.#put(key as K, before as number);
  }

  copy(): IterableIterator<StoredRow> {
    return this.#copy.begin();
  }

  load(row: StoredRow): void {
    this.#put(row[0] as K, row[1] as number);
  }

  #put(key: K, dueMs: number): void {
    if (this.#times.get(key) === dueMs) return;
    this.#times.set(key, dueMs);
    this.#order += 1;
    this.#push({ key, dueMs, order: this.#order });
    if (this.#heap.length > 2 * this.#times.size + 1024) this.#rebuild();
  }

  #note(key: K): void {
    this.#store.changed(this, key, undefined, this.#times.get(key));
    this.#copy.keep(key);
  }

  #rebuild(): void {
    this.#heap = [];
    for (const [key, dueMs] of this.#times) {
      this.#order += 1;
      this.#push({ key, dueMs, order: this.#order });
    }
  }

  /** The first entry; those before it that are outdated are dropped. */
  #first(): Entry<K> | undefined {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (this.#times.get(first.key) === first.dueMs) return first;
      this.#pop();
    }
    return undefined;
  }

  #push(entry: Entry<K>): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Entry<K>; // parent < at
      if (!isBefore(entry, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const left = heap[child];
      const right = heap[child + 1];
      if (left === undefined) break;
      if (right !== undefined && isBefore(right, left)) child += 1;
      const smaller = heap[child] as Entry<K>; // left or right, both there
      if (!isBefore(smaller, last)) break;
      heap[at] = smaller;
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore<K>(a: Entry<K>, b: Entry<K>): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}
