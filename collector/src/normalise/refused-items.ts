import { createHash } from 'node:crypto';
import type { DeadLetter } from '../event/event.ts';
import { cutText } from './bounds.ts';

/** Refused items of one request that are kept one by one; the others are counted in one last dead letter. */
export const REFUSED_MAX = 1000;

const CONTENT_LENGTH_MAX = 16 * 1024;

/** Collects what was refused of one request: a request of nothing else must not fill the memory. */
export class RefusedItems {
  readonly #source: string;
  readonly #noun: string;
  readonly #receivedAtUs: number;
  readonly #letters: DeadLetter[] = [];
  #more = 0;

  /** @param noun what they are, in the plural. */
  constructor(source: string, noun: string, receivedAtUs: number) {
    this.#source = source;
    this.#noun = noun;
    this.#receivedAtUs = receivedAtUs;
  }

  /** Whether further ones are only counted. */
  get isFull(): boolean {
    return this.#letters.length >= REFUSED_MAX;
  }

  /** @param index its place in the request. */
  add(index: number, reason: string, content: string): void {
    if (this.isFull) this.#more++;
    else this.#letters.push(this.#letter(`${index}:${content}`, reason, content));
  }

  deadLetters(): readonly DeadLetter[] {
    if (this.#more === 0) return this.#letters;
    const reason = `${this.#more} more ${this.#noun} of the same request were refused`;
    return [...this.#letters, this.#letter(`more:${this.#letters[0]?.id}`, reason, '')];
  }

  #letter(identity: string, reason: string, content: string): DeadLetter {
    const digest = createHash('sha256').update(`${this.#receivedAtUs}:${identity}`).digest('hex');
    return {
      id: `${this.#source}:${digest.slice(0, 32)}`,
      source: this.#source,
      receivedAtUs: this.#receivedAtUs,
      reason,
      content: cutText(content, CONTENT_LENGTH_MAX),
    };
  }
}
