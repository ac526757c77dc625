import { COPY_UNDER_WAY, type StoredRow } from './store.ts';

/**
 * A consistent copy of rows by key that go on changing meanwhile: what a changed row was when the copy began is kept
 * aside.
 */
export class RowCopy<K, V> {
  readonly #rows: ReadonlyMap<K, V>;
  #before: Map<K, V | undefined> | undefined;

  constructor(rows: ReadonlyMap<K, V>) {
    this.#rows = rows;
  }

  /** See `StatePart.copy`. */
  begin(): IterableIterator<StoredRow> {
    if (this.#before !== undefined) throw new Error(COPY_UNDER_WAY);
    const before = new Map<K, V | undefined>();
    this.#before = before; // from now on, not from the first row on
    return this.#rowsAsBefore(before);
  }

  /** Call it before the row changes. */
  keep(key: K): void {
    if (this.#before !== undefined && !this.#before.has(key)) this.#before.set(key, this.#rows.get(key));
  }

  *#rowsAsBefore(before: ReadonlyMap<K, V | undefined>): IterableIterator<StoredRow> {
    try {
      for (const [key, value] of this.#rows) if (!before.has(key)) yield [key, value];
      for (const [key, value] of before) if (value !== undefined) yield [key, value];
    } finally {
      if (this.#before === before) this.#before = undefined;
    }
  }
}
