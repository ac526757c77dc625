import type { DeadLetter, StoredDeadLetter } from '../event/event.ts';
import type { IntakeRecord } from './record.ts';

/** Dead letters between two writes: which are there, and which are none any more. The later record has the last word. */
export class Letters {
  readonly #kept = new Map<string, StoredDeadLetter>();
  readonly #resolved = new Set<string>();

  get size(): number {
    return this.#kept.size + this.#resolved.size;
  }

  /** @param deadLetters what was in the record that can't be read. */
  add({ head, body }: IntakeRecord, deadLetters: readonly DeadLetter[], position: number): void {
    if (head.again !== undefined) for (const id of head.again) this.#resolve(id);
    if (head.wire === 'discard') for (const id of idsOf(body)) this.#resolve(id);
    for (const letter of deadLetters) {
      this.#resolved.delete(letter.id);
      this.#kept.set(letter.id, { ...letter, position });
    }
  }

  #resolve(id: string): void {
    this.#kept.delete(id);
    this.#resolved.add(id);
  }

  take(): { readonly deadLetters: readonly StoredDeadLetter[]; readonly resolved: readonly string[] } {
    const taken = { deadLetters: [...this.#kept.values()], resolved: [...this.#resolved] };
    this.#kept.clear();
    this.#resolved.clear();
    return taken;
  }
}

function idsOf(body: Uint8Array): string[] {
  return JSON.parse(Buffer.from(body).toString()) as string[];
}
