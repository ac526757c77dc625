import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { Api } from '../stack/api.ts';
import { type CollectorProcess, startCollectorProcess } from '../stack/collector-process.ts';
import { type KafkaProducer, type Produced, recordId, type TimedMessage } from '../stack/kafka-producer.ts';

/** A data directory with a configuration that reads topics; the keys of orders are in their values. */
export class KafkaReader {
  readonly directory = mkdtempSync(join(tmpdir(), 'throughline-kafka-reader-'));
  readonly #running: CollectorProcess[] = [];

  /** @param section the section `kafka`, as JSON, which is YAML too. */
  constructor(section: object) {
    const keys = [
      { source: 'kafka', path: 'value.order' },
      { source: 'cloudevents', path: 'data.order' },
    ];
    const configuration = { version: 1, kafka: section, flows: { orders: { keys: { order: keys } } } };
    writeFileSync(join(this.directory, 'throughline.yaml'), JSON.stringify(configuration));
  }

  async start(
    environment: Readonly<Record<string, string>> = {},
  ): Promise<{ collector: CollectorProcess; api: Api }> {
    const config = join(this.directory, 'throughline.yaml');
    const collector = await startCollectorProcess({
      dataDir: join(this.directory, 'data'),
      config,
      environment,
    });
    this.#running.push(collector);
    return { collector, api: new Api(collector.http) };
  }

  async remove(): Promise<void> {
    for (const collector of this.#running) if (collector.child.exitCode === null) await collector.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

let next = 0;

/** Messages of a few orders, each with a number that occurs once. */
export function orderMessages(count: number): TimedMessage[] {
  return Array.from({ length: count }, () => {
    const no = next++;
    return {
      timestampMs: Date.UTC(2026, 10, 24) + no,
      key: `o${no % 20}`,
      value: JSON.stringify({ order: `o${no % 20}`, no, lines: [{ sku: `s${no}` }] }),
    };
  });
}

/** Spreads sends over partitions. */
export async function produce(
  producer: KafkaProducer,
  topic: string,
  partitions: number,
  sends: number,
  perSend = 25,
): Promise<Produced[]> {
  const produced: Produced[] = [];
  for (let i = 0; i < sends; i++)
    produced.push(...(await producer.send(topic, i % partitions, orderMessages(perSend), i % 3 === 2)));
  return produced;
}

/** Waits until as many events are there, then compares every id. */
export async function expectExactly(
  api: Api,
  produced: readonly Produced[],
  timeoutMs = 60_000,
): Promise<void> {
  const ids = produced.map(recordId);
  await api.until(
    api.status,
    (status) => status.events.total >= ids.length && status.kafka?.lag === 0,
    timeoutMs,
  );
  const status = await api.settled();
  const stored = await api.eventIds();
  expect(stored.length).toBe(new Set(stored).size);
  expect([...stored].sort()).toEqual([...ids].sort());
  expect(status.events.total).toBe(ids.length);
}
