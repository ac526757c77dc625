import type { Key } from '../protocol/key.ts';
import { NestedTable, type ReadNestedTable } from './nested-table.ts';
import type { Restorable, Store } from './store.ts';

/** What processors get. */
export interface ReadMessageQueues extends ReadNestedTable<string, Key, true> {
  /**
   * Messages of the queue in the order in which they were published, without those at its beginning that the process
   * has had. Others that it has had are among them.
   */
  ahead(queue: string, bpmnProcessId: string): IterableIterator<Key>;
}

/**
 * Kept messages by what finds them (`messageIdentity`): a queue for each process. How far a process has come in one is
 * only to find the next message without going through those before it: it is in no snapshot, and right when it is lost.
 */
export class MessageQueues extends NestedTable<string, Key, true> implements ReadMessageQueues {
  readonly #order = new Map<string, Key[]>();
  readonly #had: Had;

  constructor(store: Store, name: string) {
    super(store, name);
    this.#had = new Had(store);
  }

  *ahead(queue: string, bpmnProcessId: string): IterableIterator<Key> {
    const keys = this.#order.get(queue) ?? [];
    for (let at = this.#begin(keys, queue, bpmnProcessId); at < keys.length; at += 1) yield keys[at] as Key;
  }

  /** The process has had one more message: those that it `has` had at the beginning of the queue are passed over. */
  advance(queue: string, bpmnProcessId: string, has: (messageKey: Key) => boolean): void {
    const keys = this.#order.get(queue) ?? [];
    const begin = this.#begin(keys, queue, bpmnProcessId);
    let at = begin;
    while (at < keys.length && has(keys[at] as Key)) at += 1;
    if (at > begin) this.#had.set(queue, bpmnProcessId, keys[at - 1]);
  }

  /** The process has not had the message after all. */
  turnBack(queue: string, bpmnProcessId: string, messageKey: Key): void {
    const had = this.#had.get(queue, bpmnProcessId);
    if (had === undefined || had < messageKey) return;
    this.#had.set(queue, bpmnProcessId, (messageKey - 1n) as Key); // up to the one before
  }

  protected override placed(queue: string, messageKey: Key): void {
    const keys = this.#order.get(queue);
    if (keys === undefined) this.#order.set(queue, [messageKey]);
    else if ((keys.at(-1) as Key) < messageKey) keys.push(messageKey);
    else {
      const at = indexAfter(keys, messageKey);
      if (keys[at - 1] !== messageKey) keys.splice(at, 0, messageKey);
    }
  }

  protected override taken(queue: string, messageKey: Key): void {
    const keys = this.#order.get(queue) ?? [];
    const at = indexAfter(keys, messageKey) - 1;
    if (keys[at] === messageKey) keys.splice(at, 1);
    if (keys.length > 0) return;
    this.#order.delete(queue);
    this.#had.forget(queue);
  }

  #begin(keys: readonly Key[], queue: string, bpmnProcessId: string): number {
    const had = this.#had.get(queue, bpmnProcessId);
    return had === undefined ? 0 : indexAfter(keys, had);
  }
}

/** By queue and process the key up to which it has had all messages. */
class Had implements Restorable {
  readonly #store: Store;
  readonly #keys = new Map<string, Map<string, Key>>();

  constructor(store: Store) {
    this.#store = store;
  }

  get(queue: string, bpmnProcessId: string): Key | undefined {
    return this.#keys.get(queue)?.get(bpmnProcessId);
  }

  set(queue: string, bpmnProcessId: string, key: Key | undefined): void {
    this.#store.changed(this, queue, bpmnProcessId, this.get(queue, bpmnProcessId));
    this.restore(queue, bpmnProcessId, key);
  }

  /** Can't be taken back: then it is found anew. */
  forget(queue: string): void {
    this.#keys.delete(queue);
  }

  restore(queue: unknown, bpmnProcessId: unknown, before: unknown): void {
    const ofQueue = this.#keys.get(queue as string) ?? new Map<string, Key>();
    this.#keys.set(queue as string, ofQueue);
    if (before === undefined) ofQueue.delete(bpmnProcessId as string);
    else ofQueue.set(bpmnProcessId as string, before as Key);
    if (ofQueue.size === 0) this.#keys.delete(queue as string);
  }
}

/** Index of the first that is greater than the key; all are in order. */
function indexAfter(keys: readonly Key[], key: Key): number {
  let from = 0;
  let until = keys.length;
  while (from < until) {
    const middle = (from + until) >> 1;
    if ((keys[middle] as Key) <= key) from = middle + 1;
    else until = middle;
  }
  return from;
}
