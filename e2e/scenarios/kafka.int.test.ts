import type { KafkaMessage } from 'kafkajs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type KafkaCluster, startKafka } from '../stack/kafka.ts';
import { KafkaProducer, type Produced } from '../stack/kafka-producer.ts';
import { kafkaRuntime } from '../stack/kafka-runtime.ts';
import { expectExactly, KafkaReader, orderMessages, produce } from './kafka.testkit.ts';

const runtime = await kafkaRuntime();
if (typeof runtime === 'string')
  process.stderr.write(`The tests with a real Kafka are left out: ${runtime}\n`);

describe.skipIf(typeof runtime === 'string')('a real Kafka', () => {
  let kafka: KafkaCluster;
  let producer: KafkaProducer;
  const readers: KafkaReader[] = [];

  beforeAll(async () => {
    if (typeof runtime === 'string') return;
    kafka = await startKafka(runtime, { secured: true });
    producer = new KafkaProducer(kafka.brokers);
    await producer.connect();
  }, 180_000);
  afterEach(async () => {
    for (const reader of readers.splice(0)) await reader.remove();
  });
  afterAll(async () => {
    await producer?.disconnect();
    await kafka?.stop();
  });

  function readerOf(topics: readonly object[], more: object = {}): KafkaReader {
    const topicsOnly = {
      brokers: kafka.brokers,
      groupId: `group-${readers.length}-${Math.random()}`,
      topics,
    };
    const reader = new KafkaReader({ ...topicsOnly, ...more });
    readers.push(reader);
    return reader;
  }

  it('has exactly what was produced to several topics and partitions, compressed or not', async () => {
    await producer.createTopics({ 'exact.orders': 3, 'exact.payments': 2 });
    const before = await produce(producer, 'exact.orders', 3, 12);
    const reader = readerOf([{ topic: 'exact.orders' }, { topic: 'exact.payments', type: 'Payment' }]);
    const { collector, api } = await reader.start();
    const after = [
      ...(await produce(producer, 'exact.payments', 2, 10)),
      ...(await produce(producer, 'exact.orders', 3, 10)),
    ];
    await expectExactly(api, [...before, ...after]);
    const { activities } = await api.chain('orders');
    expect(activities.map(({ activity, count }) => [activity, count]).sort()).toEqual([
      ['Payment', 250],
      ['exact.orders', 550],
    ]);
    const { kafka: figures } = await api.status();
    expect(figures?.partitions.map(({ lag }) => lag)).toEqual([0, 0, 0, 0, 0]);
    expect(await collector.stop()).toBe(0);
  });

  it('has what transactions committed, not what they aborted, and is not behind after either', async () => {
    await producer.createTopics({ transacted: 1 });
    const { api } = await readerOf([{ topic: 'transacted' }]).start();
    const transactional = producer.kafka.producer({
      transactionalId: 't',
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await transactional.connect();
    const published: Produced[] = [];
    for (const end of ['commit', 'abort', 'commit'] as const) {
      const transaction = await transactional.transaction();
      const messages = orderMessages(5).map((each) => ({ ...each, timestamp: String(each.timestampMs) }));
      const [written] = await transaction.send({ topic: 'transacted', messages });
      await transaction[end]();
      if (end === 'abort') continue;
      const base = Number(written?.baseOffset);
      const at = messages.map(({ timestampMs }, i) => ({
        topic: 'transacted',
        partition: 0,
        offset: base + i,
        timestampMs,
      }));
      published.push(...at);
    }
    await transactional.disconnect();
    await expectExactly(api, published);
  });

  it('reads what brokers and producers compress, however they do', async () => {
    const compressions = ['gzip', 'snappy', 'lz4', 'zstd'];
    const produced: Produced[] = [];
    for (const compression of compressions) {
      await producer.createTopics({ [`packed.${compression}`]: 1 }, { 'compression.type': compression });
      produced.push(...(await produce(producer, `packed.${compression}`, 1, 3, 200)));
    }
    const { api } = await readerOf([{ topic: '/packed\\..+/' }]).start();
    await expectExactly(api, produced);
  });

  it('knows a CloudEvent by its source and id, in both modes, and when it comes by HTTP too', async () => {
    await producer.createTopics({ cloudevents: 2 });
    const { collector, api } = await readerOf([{ topic: 'cloudevents' }]).start();
    const attributes = {
      specversion: '1.0',
      source: '/shop',
      type: 'OrderPlaced',
      time: '2026-11-24T10:00:00Z',
    };
    const data = { order: 'o1' };
    const timestampMs = Date.now();
    const binary = {
      timestampMs,
      value: JSON.stringify(data),
      headers: { ce_id: 'b', 'content-type': 'application/json', ...prefixed(attributes) },
    };
    const structured = {
      timestampMs,
      value: JSON.stringify({ ...attributes, id: 's', data }),
      headers: { 'content-type': 'application/cloudevents+json' },
    };
    await producer.send('cloudevents', 0, [binary, structured, binary]);
    await producer.send('cloudevents', 1, [structured]);
    await api.until(api.status, (status) => status.kafka?.accepted === 4);
    await fetch(`${collector.http}/api/v1/events`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/cloudevents+json' },
      body: JSON.stringify({ ...attributes, id: 'b', data }),
    });
    await api.until(api.status, (each) => each.duplicates === 3);
    expect((await api.settled()).events.total).toBe(2);
    expect((await api.eventIds()).sort()).toEqual(['/shop b', '/shop s']);
  });

  it('is one step with the spans of who published and who consumed, which get its keys', async () => {
    await producer.createTopics({ traced: 1 });
    const { collector, api } = await readerOf([{ topic: 'traced', type: { path: 'value.kind' } }]).start();
    const traceId = 'c'.repeat(32);
    const at = { startTimeUnixNano: '1795600000000000000', endTimeUnixNano: '1795600000001000000' };
    const messaging = {
      'messaging.system': 'kafka',
      'messaging.destination.name': 'traced',
    };
    const attributes = Object.entries(messaging).map(([key, stringValue]) => ({
      key,
      value: { stringValue },
    }));
    const spanOf = (spanId: string, kind: number, parentSpanId: string, service: string) => ({
      resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
      scopeSpans: [{ spans: [{ traceId, spanId, parentSpanId, name: 'traced', kind, attributes, ...at }] }],
    });
    const [sender, taker] = ['1'.repeat(16), '2'.repeat(16)];
    const spans = [spanOf(sender, 4, '', 'shop'), spanOf(taker, 5, sender, 'bank')];
    await fetch(`${collector.otlpHttp}/v1/traces`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ resourceSpans: spans }),
    });
    await producer.send('traced', 0, [
      {
        timestampMs: 1_795_600_000_000,
        value: '{"kind":"OrderPlaced","order":"o1"}',
        headers: { traceparent: `00-${traceId}-${sender}-01` },
      },
    ]);
    await api.until(api.status, (status) => status.events.total === 3);
    await api.settled();
    const [instance, ...others] = await api.instances('orders');
    expect(others).toEqual([]);
    expect(instance?.services).toEqual(['shop', 'bank']);
    expect(instance?.keys).toEqual([{ keyType: 'order', value: 'o1' }]);
    const { activities } = await api.chain('orders');
    expect(activities.map(({ activity, count, services }) => [activity, count, services])).toEqual([
      ['OrderPlaced', 1, ['shop']],
    ]);
  });

  it('loses nothing and has nothing twice when it is killed again and again while it reads', async () => {
    await producer.createTopics({ killed: 4 });
    const reader = readerOf([{ topic: 'killed' }]);
    const produced: Produced[] = [];
    let { collector, api } = await reader.start();
    for (let round = 0; round < 2; round++) {
      const accepted = await api.status();
      const publishing = produce(producer, 'killed', 4, 24, 20);
      // In the middle: some of these are accepted, most are not.
      await api.until(
        api.status,
        (status) => (status.kafka?.accepted ?? 0) > (accepted.kafka?.accepted ?? 0),
      );
      await collector.kill();
      produced.push(...(await publishing));
      ({ collector, api } = await reader.start());
    }
    await expectExactly(api, produced);
    expect(await collector.stop()).toBe(0);
  }, 180_000);

  it('loses nothing when another member of its group takes partitions and leaves again', async () => {
    await producer.createTopics({ shared: 4 });
    const groupId = 'shared-group';
    const reader = readerOf([{ topic: 'shared' }], { groupId });
    const { api } = await reader.start();
    const produced = await produce(producer, 'shared', 4, 8);
    await expectExactly(api, produced);

    const other = producer.kafka.consumer({ groupId, sessionTimeout: 10_000 });
    let assigned = 0;
    other.on('consumer.group_join', ({ payload }) => {
      assigned = payload.memberAssignment['shared']?.length ?? 0;
    });
    await other.connect();
    await other.subscribe({ topics: ['shared'] });
    // It takes what it gets and commits nothing.
    await other.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: async () => undefined });
    await api.until(
      async () => assigned,
      (partitions) => partitions > 0,
    );
    expect(assigned).toBeLessThan(4);
    produced.push(...(await produce(producer, 'shared', 4, 8)));
    await other.disconnect();
    produced.push(...(await produce(producer, 'shared', 4, 8)));
    await expectExactly(api, produced);
  }, 120_000);

  it('puts what it can not read into the dead-letter topic and among its own dead letters, and goes on', async () => {
    await producer.createTopics({ poison: 1 });
    const { api } = await readerOf([{ topic: 'poison', type: { path: 'value.kind' } }], {
      deadLetterTopic: 'poison.dead',
    }).start();
    const good = { timestampMs: 1_700_000_000_000, value: '{"kind":"Good","order":"o1"}' };
    const produced = await producer.send('poison', 0, [
      { timestampMs: 1_700_000_000_001, key: 'k', value: 'no JSON', headers: { tenant: 'acme' } },
      good,
      { timestampMs: 1_700_000_000_002, value: '{"order":"o1"}' },
      { timestampMs: 1_700_000_000_003, value: Buffer.of(0xff, 0xfe) },
      good,
    ]);
    await expectExactly(
      api,
      [produced[1], produced[4]].filter((each) => each !== undefined),
    );
    const { items } = await api.get<{ items: { source: string; reason: string; content: string }[] }>(
      '/dead-letters',
    );
    expect(items.map(({ source }) => source)).toEqual(['kafka:poison', 'kafka:poison', 'kafka:poison']);
    expect(items.map(({ reason }) => reason).sort()).toEqual(
      [
        expect.stringContaining('there is nothing at value.kind'),
        expect.stringContaining('the value is not JSON: Unexpected'),
        expect.stringContaining('the value is not JSON: it is no text in UTF-8'),
      ].sort((a, b) => String(a).localeCompare(String(b))),
    );
    const dead = await readAll(producer, 'poison.dead', 3);
    expect(
      dead.map(({ value, headers }) => [
        value?.toString('latin1'),
        headers?.['throughline.offset']?.toString(),
      ]),
    ).toEqual([
      ['no JSON', '0'],
      ['{"order":"o1"}', '2'],
      ['\xff\xfe', '3'],
    ]);
    const [first] = dead;
    expect(first?.key?.toString()).toBe('k');
    expect(first?.headers?.['tenant']?.toString()).toBe('acme');
    expect(first?.headers?.['throughline.topic']?.toString()).toBe('poison');
    expect(first?.headers?.['throughline.reason']?.toString()).toContain('not JSON');
  });

  it('picks up topics that are made later, those of its own dead letters never', async () => {
    const dead = 'late.dead';
    const { api } = await readerOf([{ topic: '/late\\..+/', from: 'latest' }, { topic: 'late-named' }], {
      deadLetterTopic: dead,
    }).start();
    await api.until(api.status, (status) => status.kafka?.state === 'consuming');
    expect((await api.status()).kafka?.missing).toEqual(['late-named']);
    await producer.createTopics({ 'late.one': 2, 'late-named': 1, 'not-late.one': 1, [dead]: 1 });
    await produce(producer, 'not-late.one', 1, 1);
    await produce(producer, dead, 1, 1);
    const produced = [
      ...(await produce(producer, 'late.one', 2, 4)),
      ...(await produce(producer, 'late-named', 1, 2)),
    ];
    await expectExactly(api, produced);
  });

  it('reads from now on where it is told to, and after that misses nothing', async () => {
    await producer.createTopics({ now: 2 });
    await produce(producer, 'now', 2, 4);
    const groupId = 'from-now-on';
    const reader = readerOf([{ topic: 'now', from: 'latest' }], { groupId });
    const first = await reader.start();
    await first.api.until(first.api.status, (status) => status.kafka?.state === 'consuming');
    await first.api.until(
      () => committed(producer, groupId, 'now'),
      (offsets) => offsets.every((offset) => offset >= 0),
    );
    expect(await first.collector.stop()).toBe(0);
    const produced = await produce(producer, 'now', 2, 4);
    const { api } = await reader.start();
    await expectExactly(api, produced);
  });

  it('is let in with SASL over TLS, and says why when it is not', async () => {
    const { security } = kafka;
    if (security === undefined) throw new Error('the broker has no such listeners');
    await producer.createTopics({ secured: 1 });
    const produced = await produce(producer, 'secured', 1, 1);
    const tls = { caFile: security.caFile };
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the configuration replaces it.
    const sasl = { username: security.username, password: '${KAFKA_PASSWORD}' };
    const brokers = [security.saslBroker];
    for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512']) {
      const reader = readerOf([{ topic: 'secured' }], { brokers, tls, sasl: { ...sasl, mechanism } });
      const { collector, api } = await reader.start({ KAFKA_PASSWORD: security.password });
      await expectExactly(api, produced);
      await collector.stop();
    }
    const onlyTls = await readerOf([{ topic: 'secured' }], { brokers: [security.tlsBroker], tls }).start();
    await expectExactly(onlyTls.api, produced);
    await onlyTls.collector.stop();

    const wrong = readerOf([{ topic: 'secured' }], { brokers, tls, sasl: { ...sasl, mechanism: 'plain' } });
    const { api } = await wrong.start({ KAFKA_PASSWORD: 'wrong' });
    const status = await api.until(api.status, ({ kafka: figures }) => figures?.state === 'away');
    expect(status.kafka?.reason).toMatch(/auth/i);
    expect(JSON.stringify(status)).not.toContain('wrong');
  }, 120_000);

  it('works on without its brokers, says so, and catches up when they are back', async () => {
    await producer.createTopics({ away: 2 });
    const produced = await produce(producer, 'away', 2, 4);
    const { collector, api } = await readerOf([{ topic: 'away' }]).start();
    await expectExactly(api, produced);

    await kafka.nodes[0]?.kill();
    const status = await api.until(api.status, (each) => each.kafka?.state === 'away', 60_000);
    expect(status.kafka?.reason).not.toBe('');
    const ready = await fetch(`${collector.http}/readyz`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({
      ready: true,
      notes: [expect.stringContaining('Kafka is away')],
    });
    const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), name: 's', kind: 1 };
    const span = {
      ...trace,
      startTimeUnixNano: '1700000000000000000',
      endTimeUnixNano: '1700000000000000000',
    };
    const answer = await fetch(`${collector.otlpHttp}/v1/traces`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }),
    });
    expect(answer.status).toBe(200);

    await kafka.nodes[0]?.start();
    const more = await produce(producer, 'away', 2, 4);
    await api.until(api.status, (each) => each.events.total === produced.length + more.length + 1, 90_000);
    const spanId = `${trace.traceId}:${trace.spanId}`;
    const stored = (await api.eventIds()).filter((id) => id !== spanId);
    expect(new Set(stored).size).toBe(produced.length + more.length);
    expect((await api.status()).kafka?.state).toBe('consuming');
  }, 180_000);
});

function prefixed(attributes: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`ce_${name}`, value]));
}

async function committed(producer: KafkaProducer, groupId: string, topic: string): Promise<number[]> {
  const admin = producer.kafka.admin();
  await admin.connect();
  const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] });
  await admin.disconnect();
  return offsets?.partitions.map(({ offset }) => Number(offset)) ?? [-1];
}

async function readAll(producer: KafkaProducer, topic: string, count: number) {
  const consumer = producer.kafka.consumer({ groupId: `reads-${topic}` });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const messages: KafkaMessage[] = [];
  await new Promise<void>((resolve, reject) => {
    consumer
      .run({
        eachMessage: async ({ message }) => {
          messages.push(message);
          if (messages.length === count) resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  return messages;
}
