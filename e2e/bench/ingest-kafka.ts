import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openFileLog } from '@throughline/engine/log';
import { KafkaReceiver } from 'throughline/kafka';
import { Api } from '../stack/api.ts';
import { startCollectorProcess } from '../stack/collector-process.ts';
import { startKafka } from '../stack/kafka.ts';
import { KafkaProducer, type TimedMessage } from '../stack/kafka-producer.ts';
import { kafkaRuntime } from '../stack/kafka-runtime.ts';
import { median, note, report, withDirectory } from './figure.ts';

const TOPIC = 'bench.orders';
const PARTITIONS = 4;
const ORDERS = 60_000;
const STEPS = ['OrderPlaced', 'PaymentReceived', 'GoodsShipped', 'OrderDelivered'];
const RECORDS = ORDERS * STEPS.length;
const PER_SEND = 1000;
const ROUNDS = 3;

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
    const bare: number[] = [];
    const accepted: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      bare.push(await consumeBare(producer, round));
      accepted.push(await acceptDurably(kafka.brokers, round));
      note(
        `ingest.kafka: bare kafkajs ${Math.round(bare[round] ?? 0)}/s, durable ${Math.round(accepted[round] ?? 0)}/s`,
      );
    }
    await producer.disconnect();
    const what = `${RECORDS} JSON records of about 400 bytes, ${STEPS.length} an order`;
    const against = 'bare kafkajs consumer of the same records';
    const value = median(accepted);
    const conditions = `${what}, in the intake log, fsynced; medians of ${ROUNDS}`;
    report({
      name: 'ingest.kafka-accepted',
      value,
      unit: 'records/s',
      ratio: value / median(bare),
      against,
      note: conditions,
    });
    const stored = await throughCollector(kafka.brokers);
    report({
      name: 'ingest.kafka',
      value: stored,
      unit: 'records/s',
      ratio: stored / median(bare),
      against,
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
async function consumeBare(producer: KafkaProducer, round: number): Promise<number> {
  const bytes = { maxBytesPerPartition: 2 * 1024 * 1024, maxBytes: 16 * 1024 * 1024 };
  const consumer = producer.kafka.consumer({ groupId: `bare-${round}`, ...bytes });
  await consumer.connect();
  await consumer.subscribe({ topics: [TOPIC], fromBeginning: true });
  const count = new Countdown();
  consumer
    .run({
      partitionsConsumedConcurrently: PARTITIONS,
      eachBatch: async ({ batch }) => count.add(batch.messages.length),
    })
    .catch(count.fail);
  const rate = await count.rate;
  await consumer.disconnect();
  return rate;
}

/** The receiver alone, in one thread with the log, as the bare consumer is alone. */
function acceptDurably(brokers: readonly string[], round: number): Promise<number> {
  return withDirectory(async (directory) => {
    const log = openFileLog({ directory, partitions: 1 });
    const appender = log.appender(0);
    const count = new Countdown();
    const topic = { topic: TOPIC, from: 'earliest', format: 'auto' } as const;
    const section = {
      brokers: [...brokers],
      groupId: `durable-${round}`,
      clientId: 'bench',
      tls: false,
      topics: [topic],
    };
    const receiver = new KafkaReceiver(section, {
      append: (record) => appender.append(record),
      maxMessageBytes: 16 * 1024 * 1024,
      nowUs: () => Date.now() * 1000,
      log: note,
      onAccepted: (messages) => count.add(messages),
    });
    const rate = await count.rate;
    await receiver.stop();
    await log.close();
    return rate;
  });
}

/** Records a second from the first batch to the last. */
class Countdown {
  readonly rate: Promise<number>;
  fail: (error: unknown) => void = () => undefined;
  #done: (rate: number) => void = () => undefined;
  #left = RECORDS;
  #startedMs = 0;

  constructor() {
    this.rate = new Promise((resolve, reject) => {
      this.#done = resolve;
      this.fail = reject;
    });
  }

  add(messages: number): void {
    this.#startedMs ||= performance.now();
    this.#left -= messages;
    if (this.#left === 0) this.#done((RECORDS / (performance.now() - this.#startedMs)) * 1000);
  }
}

async function throughCollector(brokers: readonly string[]): Promise<number> {
  return withDirectory(async (directory) => {
    const config = join(directory, 'throughline.yaml');
    const keys = { order: [{ source: 'kafka', path: 'value.orderId' }] };
    const kafka = { brokers, topics: [{ topic: TOPIC }] };
    writeFileSync(config, JSON.stringify({ version: 1, kafka, flows: { orders: { keys } } }));
    const collector = await startCollectorProcess({ dataDir: join(directory, 'data'), config });
    const api = new Api(collector.http);
    let startedMs = 0;
    for (;;) {
      const { kafka: figures, events } = await api.status();
      const now = performance.now();
      if ((figures?.accepted ?? 0) > 0) startedMs ||= now;
      if (events.total >= RECORDS) break;
      await delay(100);
    }
    const storedMs = performance.now();
    const status = await api.settled();
    if (status.events.total !== RECORDS || status.instances.total !== ORDERS)
      throw new Error(`${RECORDS} records of ${ORDERS} orders were sent: ${JSON.stringify(status)}`);
    await collector.stop();
    return (RECORDS / (storedMs - startedMs)) * 1000;
  });
}
