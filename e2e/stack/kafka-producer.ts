import { CompressionTypes, Kafka, logLevel, type Message, type Producer } from 'kafkajs';

/** A record as it was acknowledged. */
export type Produced = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
};

/** The id that the event of a record gets. */
export function recordId({ topic, partition, offset, timestampMs }: Produced): string {
  return `kafka:${topic}-${partition}-${offset}@${timestampMs}`;
}

/** A client whose sends never span partitions: kafkajs can lose records of those that do when a leader dies. */
export class KafkaProducer {
  readonly kafka: Kafka;
  readonly #producer: Producer;

  constructor(brokers: readonly string[]) {
    this.kafka = new Kafka({
      brokers: [...brokers],
      logLevel: logLevel.NOTHING,
      retry: { retries: 20, maxRetryTime: 1000 },
    });
    this.#producer = this.kafka.producer();
  }

  connect = () => this.#producer.connect();
  disconnect = () => this.#producer.disconnect();

  /** @param config of all of them: name → value. */
  async createTopics(
    topics: Readonly<Record<string, number>>,
    config: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const admin = this.kafka.admin();
    await admin.connect();
    await admin.createTopics({
      waitForLeaders: true,
      topics: Object.entries(topics).map(([topic, numPartitions]) => ({
        topic,
        numPartitions,
        configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
      })),
    });
    await admin.disconnect();
  }

  /** Resolves when all brokers that have to have them have the messages. Each must carry a timestamp. */
  async send(
    topic: string,
    partition: number,
    messages: readonly TimedMessage[],
    gzip = false,
  ): Promise<Produced[]> {
    const [metadata] = await this.#producer.send({
      topic,
      acks: -1,
      compression: gzip ? CompressionTypes.GZIP : CompressionTypes.None,
      messages: messages.map((message) => ({
        ...message,
        partition,
        timestamp: String(message.timestampMs),
      })),
    });
    const base = Number(metadata?.baseOffset);
    return messages.map(({ timestampMs }, i) => ({ topic, partition, offset: base + i, timestampMs }));
  }
}

export type TimedMessage = Omit<Message, 'partition' | 'timestamp'> & { readonly timestampMs: number };
