import { setTimeout as delay } from 'node:timers/promises';
import type { KafkaSection } from '../../config/kafka.ts';
import { KafkaTopics } from '../../config/kafka-topics.ts';
import { Acceptor, type AcceptorParts } from './acceptor.ts';
import { kafkaClient } from './client.ts';
import type { Discovered } from './discovery.ts';
import { type PartitionLag, Positions } from './positions.ts';
import { consume } from './session.ts';

export type KafkaFigures = {
  /** `away`: the brokers can't be reached or refuse us, or the intake refuses; it is tried again and again. */
  readonly state: 'connecting' | 'consuming' | 'away';
  /** Why it is away; empty otherwise. */
  readonly reason: string;
  /** Topics that are named in the configuration but are not there. */
  readonly missing: readonly string[];
  readonly partitions: readonly PartitionLag[];
  /** Since the start: records made durable, and those of them that the dead-letter topic has, or did not take. */
  readonly accepted: number;
  readonly deadLetters: number;
  readonly deadLetterFailures: number;
};

export type KafkaReceiverParts = Omit<AcceptorParts, 'wait'> & {
  /** One line for the operator. */
  log(line: string): void;
  readonly pollMs?: number;
  /** Told after each batch that is durable. */
  onAccepted?(messages: number): void;
};

const RETRY_MS = { first: 500, most: 30_000 };
const POLL_MS = 5_000;

/** Reads topics into the intake, for as long as it runs, whatever becomes of the brokers. */
export class KafkaReceiver {
  readonly #section: KafkaSection;
  readonly #parts: KafkaReceiverParts;
  readonly #topics: KafkaTopics;
  readonly #acceptor: Acceptor;
  readonly #positions = new Positions();
  #before: Discovered | undefined;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;
  #state: KafkaFigures['state'] = 'connecting';
  #reason = '';
  #retryMs = RETRY_MS.first;
  #accepted = 0;
  #deadLetters = 0;
  #deadLetterFailures = 0;

  constructor(section: KafkaSection, parts: KafkaReceiverParts) {
    this.#section = section;
    this.#parts = parts;
    this.#topics = new KafkaTopics(section);
    this.#acceptor = new Acceptor({ ...parts, wait: (ms) => wait(ms, this.#stop.signal) });
    this.#ended = this.#run();
  }

  figures(): KafkaFigures {
    const partitions = this.#positions.list();
    const there = new Set(partitions.map(({ topic }) => topic));
    return {
      state: this.#state,
      reason: this.#reason,
      missing: this.#state === 'consuming' ? this.#topics.named.filter((topic) => !there.has(topic)) : [],
      partitions,
      accepted: this.#accepted,
      deadLetters: this.#deadLetters,
      deadLetterFailures: this.#deadLetterFailures,
    };
  }

  /** Leaves the group; what was fetched but is not durable is fetched again by whoever comes next. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#session(signal);
        this.#state = 'connecting';
      } catch (error) {
        if (signal.aborted) return;
        await this.#pause(error, signal);
      }
    }
  }

  #session(signal: AbortSignal): Promise<void> {
    return consume(
      {
        kafka: kafkaClient(this.#section),
        section: this.#section,
        topics: this.#topics,
        acceptor: this.#acceptor,
        positions: this.#positions,
        pollMs: this.#parts.pollMs ?? POLL_MS,
        before: this.#before,
        onDiscovered: (topics) => {
          this.#before = topics;
        },
        wait,
        onConsuming: () => {
          if (this.#state === 'away') this.#parts.log('kafka: reading again');
          this.#state = 'consuming';
          this.#reason = '';
          this.#retryMs = RETRY_MS.first;
        },
        onAccepted: (messages) => {
          this.#accepted += messages;
          this.#parts.onAccepted?.(messages);
        },
        onDeadLetters: (count) => {
          this.#deadLetters += count;
        },
        onDeadLetterFailure: (count, error) => {
          if (this.#deadLetterFailures === 0)
            this.#parts.log(`kafka: the dead-letter topic can't be written: ${messageOf(error)}`);
          this.#deadLetterFailures += count;
        },
      },
      signal,
    );
  }

  async #pause(error: unknown, signal: AbortSignal): Promise<void> {
    const reason = messageOf(error);
    if (reason !== this.#reason) this.#parts.log(`kafka: away: ${reason}`);
    this.#state = 'away';
    this.#reason = reason;
    const ms = this.#retryMs;
    this.#retryMs = Math.min(RETRY_MS.most, ms * 2);
    await wait(ms, signal).catch(() => undefined);
  }
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
