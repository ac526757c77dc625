import { COPY_UNDER_WAY, type StatePart, type Store, type StoredRow } from './store.ts';
import type { StateKey } from './table.ts';

const EMPTY: ReadonlyMap<never, never> = new Map<never, never>();

/** What processors get. */
export interface ReadNestedTable<K extends StateKey, M extends StateKey, V> {
  readonly size: number;
  get(key: K, member: M): V | undefined;
  has(key: K, member: M): boolean;
  /** All members of the key, in the order in which they were first set; empty when there are none. Don't keep it. */
  of(key: K): ReadonlyMap<M, V>;
  keys(): IterableIterator<K>;
}

/** Rows by two keys: the variables of a scope, the children of an element instance, the jobs of a type. */
export class NestedTable<K extends StateKey, M extends StateKey, V>
  implements ReadNestedTable<K, M, V>, StatePart
{
  readonly name: string;
  readonly version: number;
  readonly #store: Store;
  readonly #rows = new Map<K, Map<M, V>>();
  #before: Map<K, Map<M, V | undefined>> | undefined;

  constructor(store: Store, name: string, version = 1) {
    this.#store = store;
    this.name = name;
    this.version = version;
    store.add(this);
  }

  /** Number of keys that have members. */
  get size(): number {
    return this.#rows.size;
  }

  get(key: K, member: M): V | undefined {
    return this.#rows.get(key)?.get(member);
  }

  has(key: K, member: M): boolean {
    return this.#rows.get(key)?.has(member) ?? false;
  }

  of(key: K): ReadonlyMap<M, V> {
    return this.#rows.get(key) ?? EMPTY;
  }

  keys(): IterableIterator<K> {
    return this.#rows.keys();
  }

  set(key: K, member: M, value: V): void {
    this.#note(key, member);
    this.#put(key, member, value);
  }

  /** Nothing happens when there is no such row. */
  delete(key: K, member: M): void {
    if (!this.has(key, member)) return;
    this.#note(key, member);
    this.#take(key, member);
  }

  deleteAll(key: K): void {
    for (const member of [...this.of(key).keys()]) this.delete(key, member);
  }

  restore(key: unknown, member: unknown, before: unknown): void {
    this.#keepForCopy(key as K, member as M);
    if (before === undefined) this.#take(key as K, member as M);
    else this.#put(key as K, member as M, before as V);
  }

  copy(): IterableIterator<StoredRow> {
    if (this.#before !== undefined) throw new Error(COPY_UNDER_WAY);
    const before = new Map<K, Map<M, V | undefined>>();
    this.#before = before; // from now on, not from the first row on
    return this.#rowsAsBefore(before);
  }

  *#rowsAsBefore(before: ReadonlyMap<K, Map<M, V | undefined>>): IterableIterator<StoredRow> {
    try {
      for (const [key, members] of this.#rows) {
        for (const [member, value] of members) {
          if (!(before.get(key)?.has(member) ?? false)) yield [key, member, value];
        }
      }
      for (const [key, members] of before) {
        for (const [member, value] of members) if (value !== undefined) yield [key, member, value];
      }
    } finally {
      if (this.#before === before) this.#before = undefined;
    }
  }

  load(row: StoredRow): void {
    this.#put(row[0] as K, row[1] as M, row[2] as V);
  }

  /** A row has come or changed, be it by an applier, an undo or a snapshot. */
  protected placed?(key: K, member: M): void;

  /** A row has gone, be it by an applier or an undo. */
  protected taken?(key: K, member: M): void;

  #put(key: K, member: M, value: V): void {
    const members = this.#rows.get(key);
    if (members === undefined) this.#rows.set(key, new Map([[member, value]]));
    else members.set(member, value);
    this.placed?.(key, member);
  }

  #take(key: K, member: M): void {
    const members = this.#rows.get(key);
    members?.delete(member);
    if (members?.size === 0) this.#rows.delete(key);
    this.taken?.(key, member);
  }

  #note(key: K, member: M): void {
    this.#store.changed(this, key, member, this.get(key, member));
    this.#keepForCopy(key, member);
  }

  #keepForCopy(key: K, member: M): void {
    if (this.#before === undefined) return;
    const members = this.#before.get(key);
    if (members === undefined) this.#before.set(key, new Map([[member, this.get(key, member)]]));
    else if (!members.has(member)) members.set(member, this.get(key, member));
  }
}
