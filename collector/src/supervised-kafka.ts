import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { KafkaSection } from './config/kafka.ts';
import type { KafkaThreadMessage, KafkaThreadOptions } from './kafka-thread.ts';
import type { KafkaFigures } from './receive/kafka/receiver.ts';
import { startThread, type Thread } from './threads.ts';

const RESTART_MS = 5_000;

export type SupervisedKafkaParts = {
  readonly section: KafkaSection;
  readonly maxMessageBytes: number;
  /** Gives the other end of the channel to the intake thread. */
  attach(line: MessagePort): Promise<unknown>;
  /** One line for the operator. */
  log(line: string): void;
};

/** The thread that reads Kafka, started again when it fails; it commits only what is durable, so nothing is lost by that. */
export class SupervisedKafka {
  readonly #parts: SupervisedKafkaParts;
  #thread: Thread<undefined> | undefined;
  #failure = '';
  #stopping = false;

  constructor(parts: SupervisedKafkaParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    const { section, maxMessageBytes, attach, log } = this.#parts;
    const { port1, port2 } = new MessageChannel();
    await attach(port1);
    const options: KafkaThreadOptions = { section, maxMessageBytes, intake: port2 };
    const thread = await startThread<undefined>('kafka', options, [port2]);
    this.#thread = thread;
    thread.worker.on('message', (message: KafkaThreadMessage) => {
      if (message.kind === 'log') log(message.line);
    });
    void thread.ended.then((code) => this.#ended(`code ${code}`));
  }

  #ended(how: string): void {
    this.#thread = undefined;
    if (this.#stopping) return;
    this.#failure = `the thread that reads it ended: ${how}`;
    this.#parts.log(`kafka: ${this.#failure}; starting it again in ${RESTART_MS / 1000} s`);
    setTimeout(() => {
      if (this.#stopping) return;
      this.start().catch((error: unknown) => this.#ended(String(error)));
    }, RESTART_MS).unref();
  }

  async figures(): Promise<KafkaFigures> {
    const away = (reason: string): KafkaFigures => ({ ...NOTHING, reason });
    if (this.#thread === undefined) return away(this.#failure);
    return this.#thread.caller.call('figures', []).then(
      (figures) => figures as KafkaFigures,
      (error: Error) => away(error.message),
    );
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const thread = this.#thread;
    if (thread === undefined) return;
    await thread.caller.call('stop', []).catch(() => undefined);
    await thread.ended;
  }
}

const NOTHING: KafkaFigures = {
  state: 'away',
  reason: '',
  missing: [],
  partitions: [],
  accepted: 0,
  deadLetters: 0,
  deadLetterFailures: 0,
};
