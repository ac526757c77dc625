import type { Admin, Message, Producer } from 'kafkajs';
import type { KafkaMessage, KafkaPlace } from './message.ts';

/** Writes what can't be read to a topic of its own, as it came, with the reason and its place in headers. */
export class DeadLetterTopic {
  readonly #topic: string;
  readonly #admin: Admin;
  readonly #producer: Producer;
  #partitions = 0;

  constructor(topic: string, admin: Admin, producer: Producer) {
    this.#topic = topic;
    this.#admin = admin;
    this.#producer = producer;
  }

  /**
   * At least once: after a crash the same ones may be written again. All in one partition a call, since kafkajs can lose what it
   * reported as written when a leader dies while one send spans several. Rejects when the topic can't be written.
   */
  async write(letters: readonly Unreadable[], { topic, partition }: KafkaPlace): Promise<void> {
    if (this.#partitions === 0) this.#partitions = await this.#open();
    const messages = letters.map(({ message, reason }) => letterOf(message, reason, { topic, partition }));
    const into = partition % this.#partitions;
    await this.#producer.send({
      topic: this.#topic,
      acks: -1,
      messages: messages.map((message) => ({ ...message, partition: into })),
    });
  }

  async #open(): Promise<number> {
    if (!(await this.#admin.listTopics()).includes(this.#topic))
      await this.#admin.createTopics({ topics: [{ topic: this.#topic }], waitForLeaders: true });
    const { topics } = await this.#admin.fetchTopicMetadata({ topics: [this.#topic] });
    return topics[0]?.partitions.length ?? 1;
  }
}

export type Unreadable = { readonly message: KafkaMessage; readonly reason: string };

function letterOf(message: KafkaMessage, reason: string, { topic, partition }: KafkaPlace): Message {
  const headers: Record<string, (Buffer | string)[]> = {};
  for (const { name, value } of message.headers) {
    headers[name] ??= [];
    headers[name].push(bufferOf(value) ?? '');
  }
  headers['throughline.reason'] = [reason];
  headers['throughline.topic'] = [topic];
  headers['throughline.partition'] = [String(partition)];
  headers['throughline.offset'] = [String(message.offset)];
  headers['throughline.timestamp'] = [String(message.timestampMs)];
  return { key: bufferOf(message.key) ?? null, value: bufferOf(message.value) ?? null, headers };
}

function bufferOf(bytes: Uint8Array | undefined): Buffer | undefined {
  return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
