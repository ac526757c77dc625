import type { DeadLetter } from '../event/event.ts';
import type { OtlpResource } from '../receive/otlp/span.ts';
import { cutText } from './bounds.ts';
import { RefusedItems } from './refused-items.ts';

const RESOURCE_LENGTH_MAX = 2 * 1024;

/** The items of one request: the name of one in a dead letter, and what people call them. */
type Items = { readonly name: string; readonly plural: string };

/** The refused items of one request, each with its resource. */
export class RefusedOtlp {
  readonly #name: string;
  readonly #items: RefusedItems;
  readonly #resources = new Map<OtlpResource, string>();

  constructor({ name, plural }: Items, receivedAtUs: number) {
    this.#name = name;
    this.#items = new RefusedItems('otlp', plural, receivedAtUs);
  }

  add(item: object, resource: OtlpResource, reason: string, index: number): void {
    const content = this.#items.isFull
      ? ''
      : `{"${this.#name}":${JSON.stringify(item)},"resource":${this.#textOf(resource)}}`;
    this.#items.add(index, reason, content);
  }

  deadLetters(): readonly DeadLetter[] {
    return this.#items.deadLetters();
  }

  /** Once a resource: its items share it, and it can be large. */
  #textOf(resource: OtlpResource): string {
    let text = this.#resources.get(resource);
    if (text === undefined) {
      text = cutText(JSON.stringify(resource.attributes), RESOURCE_LENGTH_MAX);
      this.#resources.set(resource, text);
    }
    return text;
  }
}
