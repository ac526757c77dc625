import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DueTable } from './due-table.ts';
import { NestedTable } from './nested-table.ts';
import { Store, type StoredRow } from './store.ts';
import { Table } from './table.ts';

type Change =
  | { readonly do: 'set'; readonly key: number; readonly member: number; readonly value: number }
  | { readonly do: 'delete'; readonly key: number; readonly member: number }
  | { readonly do: 'commit' | 'rollback' | 'copyBegin' | 'copyMore' };

const small = fc.nat(6);
const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('set' as const), key: small, member: small, value: small }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('delete' as const), key: small, member: small }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('commit' as const, 'rollback' as const, 'copyBegin' as const, 'copyMore' as const),
    }),
  },
);

/** A table of each kind, and maps that say what must be in them. */
class Trial {
  readonly store = new Store();
  readonly table = new Table<number, number>(this.store, 'table');
  readonly nested = new NestedTable<number, number, number>(this.store, 'nested');
  readonly due = new DueTable<number>(this.store, 'due');
  #model = new Map<string, number>();
  #committed = new Map<string, number>();
  #copies:
    | { readonly iterators: Iterator<StoredRow>[]; readonly expected: string[]; readonly seen: Set<string> }
    | undefined;

  take(one: Change): void {
    if (one.do === 'set') {
      this.table.set(one.key, one.value);
      this.nested.set(one.key, one.member, one.value);
      this.due.set(one.key, one.value);
      this.#model
        .set(`t${one.key}`, one.value)
        .set(`n${one.key},${one.member}`, one.value)
        .set(`d${one.key}`, one.value);
    } else if (one.do === 'delete') {
      this.table.delete(one.key);
      this.nested.delete(one.key, one.member);
      this.due.delete(one.key);
      for (const name of [`t${one.key}`, `n${one.key},${one.member}`, `d${one.key}`])
        this.#model.delete(name);
    } else if (one.do === 'commit') {
      this.store.commit();
      this.#committed = new Map(this.#model);
    } else if (one.do === 'rollback') {
      this.store.rollback();
      this.#model = new Map(this.#committed);
    } else if (one.do === 'copyBegin') this.#beginCopy();
    else this.#copyMore(3);
    this.check();
  }

  check(): void {
    const rows = [
      ...[...this.table.entries()].map(([key, value]) => `t${key}=${value}`),
      ...[...this.nested.keys()].flatMap((key) =>
        [...this.nested.of(key)].map(([m, v]) => `n${key},${m}=${v}`),
      ),
      ...[...this.due.entries()].map(([key, value]) => `d${key}=${value}`),
    ];
    expect(rows.sort()).toEqual(modelRows(this.#model));
  }

  finish(): void {
    this.#copyMore(Number.POSITIVE_INFINITY);
  }

  #beginCopy(): void {
    if (this.#copies !== undefined) return;
    const iterators = this.store.parts.map((part) => part.copy());
    this.#copies = { iterators, expected: modelRows(this.#model), seen: new Set() };
    this.#copyMore(1);
  }

  #copyMore(rows: number): void {
    const copies = this.#copies;
    if (copies === undefined) return;
    let left = rows;
    for (const [index, iterator] of copies.iterators.entries()) {
      while (left > 0) {
        const next = iterator.next();
        if (next.done === true) break;
        left -= 1;
        copies.seen.add(rowText(index, next.value));
      }
    }
    if (left <= 0) return;
    expect([...copies.seen].sort()).toEqual(copies.expected);
    this.#copies = undefined;
  }
}

function modelRows(model: ReadonlyMap<string, number>): string[] {
  return [...model].map(([name, value]) => `${name}=${value}`).sort();
}

function rowText(part: number, row: StoredRow): string {
  return part === 1 ? `n${row[0]},${row[1]}=${row[2]}` : `${part === 0 ? 't' : 'd'}${row[0]}=${row[1]}`;
}

test('tables hold what was set, forget what was rolled back, and are copied as they were when a copy began', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
      const trial = new Trial();
      for (const one of changes) trial.take(one);
      trial.finish();
    }),
    { numRuns: 500 },
  );
});

test('a second copy is refused while the first has not come to its end, and leaves that as it was', () => {
  const store = new Store();
  const table = new Table<number, number>(store, 'table');
  const nested = new NestedTable<number, number, number>(store, 'nested');
  const due = new DueTable<number>(store, 'due');
  const setAll = (value: number) => {
    table.set(1, value);
    nested.set(1, 1, value);
    due.set(1, value);
  };
  setAll(10);
  const copies = store.parts.map((part) => part.copy());
  for (const part of store.parts) expect(() => part.copy()).toThrow('before the next one');
  setAll(20);
  expect(copies.map((copy) => [...copy])).toEqual([[[1, 10]], [[1, 1, 10]], [[1, 10]]]);
  expect(store.parts.map((part) => [...part.copy()])).toEqual([[[1, 20]], [[1, 1, 20]], [[1, 20]]]);
});

test('due keys come in the order of their times, each once, and stay until taken out', () => {
  const due = new DueTable<string>(new Store(), 'due');
  due.set('c', 30);
  due.set('a', 10);
  due.set('b', 20);
  due.set('b', 5);
  due.delete('c');
  due.set('c', 30);
  expect(due.nextDueMs()).toBe(5);
  expect(due.nextDueMs(new Set(['b']))).toBe(10);
  expect(due.due(30, 2, new Set(['a']))).toEqual(['b', 'c']);
  expect(due.due(4, 10)).toEqual([]);
  expect(due.due(30, 10)).toEqual(['b', 'a', 'c']);
  expect(due.due(30, 2)).toEqual(['b', 'a']);
  due.delete('b');
  expect(due.due(30, 10)).toEqual(['a', 'c']);
});

test('keys whose time changes over and over take no more room than there are keys', () => {
  const store = new Store();
  const due = new DueTable<number>(store, 'due');
  for (let round = 0; round < 20_000; round += 1) due.set(round % 10, round);
  store.commit();
  expect(due.size).toBe(10);
  expect(due.due(1e9, 100)).toHaveLength(10);
});
