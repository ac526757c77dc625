import type { DeadLetter } from '../event/event.ts';
import type { OtlpResource, OtlpSpan } from '../receive/otlp/span.ts';
import { cutText } from './bounds.ts';
import { RefusedItems } from './refused-items.ts';

const RESOURCE_LENGTH_MAX = 2 * 1024;

/** The refused spans of one request, each with its resource. */
export class RefusedSpans {
  readonly #items: RefusedItems;
  readonly #resources = new Map<OtlpResource, string>();

  constructor(receivedAtUs: number) {
    this.#items = new RefusedItems('otlp', 'spans', receivedAtUs);
  }

  add(span: OtlpSpan, resource: OtlpResource, reason: string, index: number): void {
    const content = this.#items.isFull
      ? ''
      : `{"span":${JSON.stringify(span)},"resource":${this.#textOf(resource)}}`;
    this.#items.add(index, reason, content);
  }

  deadLetters(): readonly DeadLetter[] {
    return this.#items.deadLetters();
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
