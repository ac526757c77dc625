import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startKafka } from '../stack/kafka.ts';
import { kafkaRuntime } from '../stack/kafka-runtime.ts';
import { otlpGrpc } from './grpc-wire.ts';
import { cloudEvents, engineRecords, otlpHttp } from './http-wires.ts';
import { kafkaWire, SOAK_TOPIC } from './kafka-wire.ts';
import type { LoadWire } from './load-wire.ts';

/** All wires that can be had here, and the configuration of a collector that they send to. */
export type SoakLandscape = {
  readonly config: string;
  readonly wires: readonly LoadWire[];
  /** Why there is no Kafka; empty when there is one. */
  readonly withoutKafka: string;
  close(): Promise<void>;
};

export async function soakLandscape(directory: string): Promise<SoakLandscape> {
  const runtime = await kafkaRuntime();
  const kafka = typeof runtime === 'string' ? undefined : await startKafka(runtime);
  const wires = [otlpHttp, otlpGrpc(), cloudEvents, engineRecords];
  if (kafka !== undefined) wires.push(await kafkaWire(kafka.brokers));
  const config = join(directory, 'throughline.yaml');
  const keys = [
    { source: 'otlp', attribute: 'soak.key' },
    { source: 'cloudevents', path: 'data.key' },
    ...(kafka === undefined ? [] : [{ source: 'kafka', path: 'value.key' }]),
  ];
  const section = {
    brokers: kafka?.brokers,
    groupId: 'soak',
    topics: [{ topic: SOAK_TOPIC, from: 'earliest' }],
  };
  const configuration = {
    version: 1,
    flows: { soak: { keys: { soak: keys } } },
    ...(kafka !== undefined && { kafka: section }),
  };
  // JSON is YAML too.
  writeFileSync(config, JSON.stringify(configuration));
  return {
    config,
    wires,
    withoutKafka: typeof runtime === 'string' ? runtime : '',
    async close() {
      for (const wire of wires) await wire.close?.();
      await kafka?.stop();
    },
  };
}
