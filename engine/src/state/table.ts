import { RowCopy } from './row-copy.ts';
import type { StatePart, Store, StoredRow } from './store.ts';

export type StateKey = bigint | string | number;

/** What processors get. */
export interface ReadTable<K extends StateKey, V> {
  readonly size: number;
  get(key: K): V | undefined;
  has(key: K): boolean;
  /** In the order in which they were first set, after a rollback or a restart in any. */
  entries(): IterableIterator<[K, V]>;
}

/** Rows by key. What a row holds must never be changed. */
export class Table<K extends StateKey, V> implements ReadTable<K, V>, StatePart {
  readonly name: string;
  readonly version: number;
  readonly #store: Store;
  readonly #rows = new Map<K, V>();
  readonly #copy = new RowCopy<K, V>(this.#rows);

  constructor(store: Store, name: string, version = 1) {
    this.#store = store;
    this.name = name;
    this.version = version;
    store.add(this);
  }

  get size(): number {
    return this.#rows.size;
  }

  get(key: K): V | undefined {
    return this.#rows.get(key);
  }

  has(key: K): boolean {
    return this.#rows.has(key);
  }

  entries(): IterableIterator<[K, V]> {
    return this.#rows.entries();
  }

  set(key: K, value: V): void {
    this.#note(key);
    this.#rows.set(key, value);
  }

  /** Nothing happens when there is no such row. */
  delete(key: K): void {
    if (!this.#rows.has(key)) return;
    this.#note(key);
    this.#rows.delete(key);
  }

  restore(key: unknown, _member: unknown, before: unknown): void {
    this.#copy.keep(key as K);
    if (before === undefined) this.#rows.delete(key as K);
    else this.#rows.set(key as K, before as V);
  }

  copy(): IterableIterator<StoredRow> {
    return this.#copy.begin();
  }

  load(row: StoredRow): void {
    this.#rows.set(row[0] as K, row[1] as V);
  }

  #note(key: K): void {
    this.#store.changed(this, key, undefined, this.#rows.get(key));
    this.#copy.keep(key);
  }
}
