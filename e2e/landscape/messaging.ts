import { randomUUID } from 'node:crypto';
import {
  type Attributes,
  context,
  propagation,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  trace,
} from '@opentelemetry/api';
import type { LedgerBook } from './ledger-book.ts';
import type { Pace } from './pace.ts';
import { type Spans, spanName } from './spans.ts';
import type { EventType, ServiceName, Subscribers } from './topology.ts';
import { deliver, type Facts, type Message } from './transport.ts';

export type Received = {
  readonly message: Message;
  /** The span that sent the message; undefined where it came without a valid traceparent. */
  readonly origin: SpanContext | undefined;
};

export interface Consumer {
  /** True: the message is lost before anything is done about it, and without a trace of it. */
  loses?(message: Message): boolean;
  /** What this throws loses the message; its span tells so. */
  handle(received: Received): Promise<void>;
}

/** How long a message lies in the inbox before its turn comes. */
const queueMs = { min: 5, max: 30 };

/** Sends and processes messages, each within the span that the messaging conventions ask for. */
export class Messaging {
  readonly #service: ServiceName;
  readonly #book: LedgerBook;
  readonly #spans: Spans;
  readonly #pace: Pace;
  #subscribers: Subscribers = {};

  constructor(service: ServiceName, book: LedgerBook, spans: Spans, pace: Pace) {
    this.#service = service;
    this.#book = book;
    this.#spans = spans;
    this.#pace = pace;
  }

  setSubscribers(subscribers: Subscribers): void {
    this.#subscribers = subscribers;
  }

  /** Resolves when every subscriber has the message; the span `send <type>` lasts as long. */
  async send(type: EventType, registration: string, facts: Facts): Promise<void> {
    const id = randomUUID();
    const attributes = { ...facts, ...this.#attributes('send', type, id, registration) };
    await this.#spans.within({ name: `send ${type}`, kind: SpanKind.PRODUCER, attributes }, async (span) => {
      const headers: Record<string, string> = {};
      propagation.inject(context.active(), headers);
      const record = (delivered: boolean) =>
        this.#book.record({
          entry: 'published',
          type,
          message: id,
          registration,
          delivered,
          ...spanName(span),
        });
      try {
        await deliver({ id, type, registration, facts, headers }, this.#subscribers, this.#pace);
        record(true);
      } catch (error) {
        record(false);
        throw error;
      }
    });
  }

  /** Never throws: what goes wrong loses the message and is in the ledger. */
  async process(message: Message, consumer: Consumer): Promise<void> {
    const { type, id, registration } = message;
    await this.#pace.wait(queueMs.min + Math.random() * (queueMs.max - queueMs.min));
    const lost = { entry: 'dropped', type, message: id, registration } as const;
    if (consumer.loses?.(message) === true) {
      this.#book.record({ ...lost, reason: 'silent' });
      return;
    }
    const parent = propagation.extract(ROOT_CONTEXT, message.headers);
    const attributes = {
      ...this.#attributes('process', type, id, registration),
      'messaging.consumer.group.name': this.#service,
    };
    const plan = { name: `process ${type}`, kind: SpanKind.CONSUMER, attributes };
    await context.with(
      parent,
      () =>
        this.#spans
          .within(plan, async (span) => {
            this.#book.record({ entry: 'consumed', type, message: id, registration, ...spanName(span) });
            try {
              await consumer.handle({ message, origin: trace.getSpanContext(parent) });
            } catch (error) {
              this.#book.record({ ...lost, reason: 'after-error', ...spanName(span) });
              throw error;
            }
          })
          .catch(() => undefined), // swallowed: that is how a message gets lost after an error
    );
  }

  #attributes(operation: 'send' | 'process', type: EventType, id: string, registration: string): Attributes {
    return {
      'messaging.system': 'landscape',
      'messaging.operation.name': operation,
      'messaging.operation.type': operation,
      'messaging.destination.name': type,
      'messaging.message.id': id,
      'registration.id': registration,
    };
  }
}
