import { createHash } from 'node:crypto';
import type { DeadLetter } from '../event/event.ts';
import type { OtlpResource, OtlpSpan } from '../receive/otlp/span.ts';
import { cutText } from './bounds.ts';

/** Refused spans of one request that are kept one by one; the others are counted in one last dead letter. */
export const REFUSED_SPANS_MAX = 1000;

const CONTENT_LENGTH_MAX = 16 * 1024;
const RESOURCE_LENGTH_MAX = 2 * 1024;

/** Collects the spans of one request that were refused: a request of nothing else must not fill the memory. */
export class RefusedSpans {
  readonly #receivedAtUs: number;
  readonly #letters: DeadLetter[] = [];
  readonly #resources = new Map<OtlpResource, string>();
  #more = 0;

  constructor(receivedAtUs: number) {
    this.#receivedAtUs = receivedAtUs;
  }

  add(span: OtlpSpan, resource: OtlpResource, reason: string, index: number): void {
    if (this.#letters.length >= REFUSED_SPANS_MAX) {
      this.#more++;
      return;
    }
    const content = `{"span":${JSON.stringify(span)},"resource":${this.#textOf(resource)}}`;
    this.#letters.push(this.#letter(`${index}:${content}`, reason, content));
  }

  deadLetters(): readonly DeadLetter[] {
    if (this.#more === 0) return this.#letters;
    const reason = `${this.#more} more spans of the same request were refused`;
    return [...this.#letters, this.#letter(`more:${this.#letters[0]?.id}`, reason, '')];
  }

  #letter(identity: string, reason: string, content: string): DeadLetter {
    const digest = createHash('sha256').update(`${this.#receivedAtUs}:${identity}`).digest('hex');
    return {
      id: `otlp:${digest.slice(0, 32)}`,
      source: 'otlp',
      receivedAtUs: this.#receivedAtUs,
      reason,
      content: cutText(content, CONTENT_LENGTH_MAX),
    };
  }

  /** Once a resource: its spans share it, and it can be large. */
  #textOf(resource: OtlpResource): string {
    let text = this.#resources.get(resource);
    if (text === undefined) {
      text = cutText(JSON.stringify(resource.attributes), RESOURCE_LENGTH_MAX);
      this.#resources.set(resource, text);
    }
    return text;
  }
}
