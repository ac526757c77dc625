/**
 * What all tables of one partition share: the undo log, which lets a step that failed leave no trace.
 *
 * Values are immutable: to change a row is to replace its value. So a row may be handed out, kept by a snapshot and
 * put back by an undo without being copied.
 */
export class Store {
  readonly #undo: Undo[] = [];
  readonly #parts: StatePart[] = [];

  /** For the constructors of tables. Names are the snapshot's format. */
  add(part: StatePart): void {
    if (this.#parts.some(({ name }) => name === part.name)) throw new Error(`Two tables named ${part.name}`);
    this.#parts.push(part);
  }

  get parts(): readonly StatePart[] {
    return this.#parts;
  }

  /** For tables: how to take a change back. */
  changed(part: Restorable, key: unknown, member: unknown, before: unknown): void {
    this.#undo.push(part, key, member, before);
  }

  /** What was changed since the last commit or rollback can no longer be taken back. */
  commit(): void {
    this.#undo.length = 0;
  }

  /** Takes back every change since the last commit. Rows may come back in another order. */
  rollback(): void {
    for (let at = this.#undo.length - 4; at >= 0; at -= 4) {
      const part = this.#undo[at] as Restorable;
      part.restore(this.#undo[at + 1], this.#undo[at + 2], this.#undo[at + 3]);
    }
    this.#undo.length = 0;
  }
}

/** Four entries a change: part, key, member, value before (undefined: there was none). */
type Undo = unknown;

export interface Restorable {
  /** Takes back one change without noting it. */
  restore(key: unknown, member: unknown, before: unknown): void;
}

/** A table as snapshots see it. */
export interface StatePart extends Restorable {
  readonly name: string;
  /** Of the rows' form: a snapshot with a newer one is refused, with an older one migrated. */
  readonly version: number;
  readonly size: number;
  /**
   * Begins a consistent copy: the rows as they are now, whatever happens while they are iterated. Some may come twice,
   * the same each time. Iterate it to its end: throws while another one has not come to its own, since what changes is
   * kept for one alone.
   */
  copy(): IterableIterator<StoredRow>;
  /** Puts in a row of a copy. For an empty table that is being loaded; can't be undone. */
  load(row: StoredRow): void;
}

/** What the second of two copies is told. */
export const COPY_UNDER_WAY = 'Expected the copy that has begun to have come to its end before the next one';

export type StoredRow = readonly unknown[];
