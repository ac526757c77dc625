import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Api } from '../stack/api.ts';
import { startCollectorProcess } from '../stack/collector-process.ts';
import { startKafka } from '../stack/kafka.ts';
import { KafkaProducer, type TimedMessage } from '../stack/kafka-producer.ts';
import { kafkaRuntime } from '../stack/kafka-runtime.ts';
import { note, report, withDirectory } from './figure.ts';

const TOPIC = 'bench.orders';
const PARTITIONS = 4;
const ORDERS = 60_000;
const STEPS = ['OrderPlaced', 'PaymentReceived', 'GoodsShipped', 'OrderDelivered'];
const RECORDS = ORDERS * STEPS.length;
const PER_SEND = 1000;

/** Records of a topic made durable, correlated and stored per second, against a bare kafkajs consumer of the same records. */
export async function benchIngestKafka(): Promise<void> {
  const runtime = await kafkaRuntime();
  if (typeof runtime === 'string') {
    note(`ingest.kafka is left out: ${runtime}`);
    return;
  }
  const kafka = await startKafka(runtime);
  try {
    const producer = new KafkaProducer(kafka.brokers);
    await producer.connect();
    await producer.createTopics({ [TOPIC]: PARTITIONS });
    await produce(producer);
    const bare = await consumeBare(producer);
    note(`ingest.kafka: ${RECORDS} records; bare kafkajs: ${Math.round(bare)}/s`);
    await producer.disconnect();
    const rates = await throughCollector(kafka.brokers);
    const what = `${RECORDS} JSON records of about 400 bytes, ${STEPS.length} an order`;
    report({
      name: 'ingest.kafka-accepted',
      value: rates.accepted,
      unit: 'records/s',
      ratio: rates.accepted / bare,
      against: 'bare kafkajs consumer',
      note: `${what}, durable, while what follows runs beside`,
    });
    report({
      name: 'ingest.kafka',
      value: rates.stored,
      unit: 'records/s',
      ratio: rates.stored / bare,
      against: 'bare kafkajs consumer',
      note: `${what}, durable, correlated, stored`,
    });
  } finally {
    await kafka.stop();
  }
}

/** Orders spread over partitions, the steps of one in one partition, mixed as they would be. */
async function produce(producer: KafkaProducer): Promise<void> {
  const startMs = Date.UTC(2026, 10, 24);
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => async () => {
    let messages: TimedMessage[] = [];
    for (let order = partition; order < ORDERS; order += PARTITIONS * 10) {
      for (const [step, type] of STEPS.entries()) {
        for (let each = order; each < Math.min(order + PARTITIONS * 10, ORDERS); each += PARTITIONS) {
          messages.push(messageOf(each, type, startMs + each * 40 + step * 1000));
          if (messages.length === PER_SEND) {
            await producer.send(TOPIC, partition, messages);
            messages = [];
          }
        }
      }
    }
    if (messages.length > 0) await producer.send(TOPIC, partition, messages);
  });
  await Promise.all(partitions.map((send) => send()));
}

function messageOf(order: number, type: string, timestampMs: number): TimedMessage {
  const value = {
    orderId: `order-${order}`,
    customer: { id: `customer-${order % 5000}`, country: 'DE', vip: order % 7 === 0 },
    total: (order % 1000) / 10,
    currency: 'EUR',
    lines: [
      { sku: `sku-${order % 300}`, quantity: 1 + (order % 3), price: 9.9 },
      { sku: `sku-${(order * 7) % 300}`, quantity: 1, price: 19.9 },
    ],
    note: 'as agreed on the telephone, please deliver in the afternoon if that is possible',
    at: new Date(timestampMs).toISOString(),
  };
  return {
    timestampMs,
    key: `order-${order}`,
    value: JSON.stringify(value),
    headers: { type, 'service.name': 'shop' },
  };
}

/** As the collector fetches, from the first batch to the last. */
async function consumeBare(producer: KafkaProducer): Promise<number> {
  const consumer = producer.kafka.consumer({
    groupId: 'bare',
    maxBytesPerPartition: 2 * 1024 * 1024,
    maxBytes: 16 * 1024 * 1024,
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [TOPIC], fromBeginning: true });
  let count = 0;
  let startedMs = 0;
  const elapsedMs = await new Promise<number>((resolve, reject) => {
    consumer
      .run({
        partitionsConsumedConcurrently: PARTITIONS,
        eachBatch: async ({ batch }) => {
          startedMs ||= performance.now();
          count += batch.messages.length;
          if (count === RECORDS) resolve(performance.now() - startedMs);
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  return (RECORDS / elapsedMs) * 1000;
}

async function throughCollector(brokers: readonly string[]): Promise<{ accepted: number; stored: number }> {
  return withDirectory(async (directory) => {
    const config = join(directory, 'throughline.yaml');
    const keys = { order: [{ source: 'kafka', path: 'value.orderId' }] };
    const kafka = { brokers, topics: [{ topic: TOPIC }] };
    writeFileSync(config, JSON.stringify({ version: 1, kafka, flows: { orders: { keys } } }));
    const collector = await startCollectorProcess({ dataDir: join(directory, 'data'), config });
    const api = new Api(collector.http);
    let startedMs = 0;
    let acceptedMs = 0;
    for (;;) {
      const { kafka: figures, events } = await api.status();
      const now = performance.now();
      if ((figures?.accepted ?? 0) > 0) startedMs ||= now;
      if (figures?.accepted === RECORDS) acceptedMs ||= now;
      if (events.total >= RECORDS) break;
      await delay(100);
    }
    const storedMs = performance.now();
    const status = await api.settled();
    if (status.events.total !== RECORDS || status.instances.total !== ORDERS)
      throw new Error(`${RECORDS} records of ${ORDERS} orders were sent: ${JSON.stringify(status)}`);
    await collector.stop();
    const rate = (untilMs: number) => (RECORDS / (untilMs - startedMs)) * 1000;
    return { accepted: rate(acceptedMs), stored: rate(storedMs) };
  });
}
