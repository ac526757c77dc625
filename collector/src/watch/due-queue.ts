/**
 * When which instance becomes overdue. Taking the overdue costs as much as there are overdue (times the logarithm of what waits), not
 * as there are open. Times are epoch microseconds, given by the caller.
 */
export class DueQueue {
  readonly #heap: Due[] = [];
  readonly #current = new Map<number, Due>();

  /** How many instances wait for something, overdue or not. */
  get size(): number {
    return this.#current.size;
  }

  /** How many entries it keeps for them, with those that were replaced. */
  get entries(): number {
    return this.#heap.length;
  }

  /** The instance is expected to go on by `dueUs`; undefined: nothing is expected of it any more. */
  set(no: number, instance: string, dueUs: number | undefined): void {
    const current = this.#current.get(no);
    if (dueUs === undefined) {
      this.#current.delete(no);
      return;
    }
    if (current?.dueUs === dueUs) {
      current.instance = instance;
      return;
    }
    const due = { no, instance, dueUs, given: false };
    this.#current.set(no, due);
    push(this.#heap, due);
    if (this.#heap.length > 2 * this.#current.size + 1024) this.#compact();
  }

  /** Those that have become overdue since the last call, the longest overdue first. */
  takeOverdue(nowUs: number): string[] {
    const overdue: string[] = [];
    for (let first = this.#heap[0]; first !== undefined && first.dueUs < nowUs; first = this.#heap[0]) {
      pop(this.#heap);
      if (this.#current.get(first.no) !== first) continue;
      first.given = true;
      overdue.push(first.instance);
    }
    return overdue;
  }

  /** Drops entries that were replaced, so that the heap stays as large as what waits. */
  #compact(): void {
    this.#heap.length = 0;
    for (const due of this.#current.values()) if (!due.given) push(this.#heap, due);
  }
}

type Due = {
  readonly no: number;
  /** What it is called now. */
  instance: string;
  readonly dueUs: number;
  /** Taken, and not expected by another time since. */
  given: boolean;
};

function push(heap: Due[], due: Due): void {
  let at = heap.length;
  heap.push(due);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || above.dueUs <= due.dueUs) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = due;
}

function pop(heap: Due[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    const right = left + 1;
    const leftDue = heap[left];
    if (leftDue === undefined) break;
    const rightDue = heap[right];
    const [child, due] =
      rightDue !== undefined && rightDue.dueUs < leftDue.dueUs ? [right, rightDue] : [left, leftDue];
    if (due.dueUs >= last.dueUs) break;
    heap[at] = due;
    at = child;
  }
  heap[at] = last;
}
