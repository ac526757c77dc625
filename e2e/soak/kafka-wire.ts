import { KafkaProducer, recordId } from '../stack/kafka-producer.ts';
import { keyOf, type LoadWire } from './load-wire.ts';

export const SOAK_TOPIC = 'soak';
const PARTITIONS = 3;

/** Records of a topic that the collector reads: acknowledged by the brokers, so all of them must arrive. */
export async function kafkaWire(brokers: readonly string[]): Promise<LoadWire> {
  const producer = new KafkaProducer(brokers);
  await producer.connect();
  await producer.createTopics({ [SOAK_TOPIC]: PARTITIONS });
  return {
    name: 'kafka',
    request(no, random) {
      const timestampMs = Date.now();
      const messages = Array.from({ length: 1 + Math.floor(random() * 20) }, (_, i) => ({
        timestampMs,
        value: JSON.stringify({ key: keyOf(no), i }),
      }));
      return {
        async send() {
          const produced = await producer.send(SOAK_TOPIC, no % PARTITIONS, messages);
          return produced.map(recordId);
        },
      };
    },
    close: () => producer.disconnect(),
  };
}
