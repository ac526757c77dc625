import type { RequestHandler } from 'express';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Status } from './schema.ts';

/**
 * `/metrics` in Prometheus' text format: what `/api/v1/status` says, and the process' own figures. While the store is away its figures
 * are left out and `throughline_up` is 0.
 */
export function metricsRoute(status: () => Promise<Status>): RequestHandler {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const metrics = metricsIn(registry);
  return async (_request, response) => {
    try {
      show(metrics, await status());
      metrics.up.set(1);
    } catch {
      for (const metric of Object.values(metrics)) metric.reset();
      metrics.up.set(0);
    }
    response.type(registry.contentType).send(await registry.metrics());
  };
}

function metricsIn(registry: Registry) {
  const registers = [registry];
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name: `throughline_${name}`, help, labelNames, registers });
  const counter = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name: `throughline_${name}_total`, help, labelNames, registers });
  return {
    up: gauge('up', 'Whether intake, correlation and store answer'),
    info: gauge('info', 'Version and kind of store', ['version', 'store']),
    events: gauge('events', 'Normalised events that can be queried', ['source']),
    instances: gauge('instances', 'Process instances by state', ['state']),
    duplicates: counter('duplicates', 'Records that were seen before and left out'),
    ignored: counter('ignored', 'Log records that are no events'),
    refused: counter('refused_requests', 'Requests refused whole, by wire and reason', ['wire', 'reason']),
    deadLetters: gauge('dead_letters', 'Input that could not be read'),
    lagBytes: gauge('lag_bytes', 'Accepted but not yet queryable'),
    lagSeconds: gauge('lag_seconds', 'Age of the oldest record that is not queryable yet'),
    intakeOpen: gauge('intake_open', 'Whether the intake log accepts'),
    kafkaConsuming: gauge('kafka_consuming', 'Whether topics are being read'),
    kafkaLag: gauge('kafka_lag', 'Records published but not yet accepted', ['topic', 'partition']),
    kafkaRecords: counter('kafka_records', 'Records made durable since the start'),
    kafkaDeadLetters: counter('kafka_dead_letters', 'Records written to the dead-letter topic'),
  };
}

function show(metrics: ReturnType<typeof metricsIn>, status: Status): void {
  for (const metric of Object.values(metrics)) metric.reset();
  metrics.info.set({ version: status.version, store: status.store }, 1);
  for (const [source, count] of Object.entries(status.events.bySource)) metrics.events.set({ source }, count);
  const { open, stuck, total } = status.instances;
  metrics.instances.set({ state: 'open' }, open);
  metrics.instances.set({ state: 'stuck' }, stuck);
  metrics.instances.set({ state: 'ended' }, total - open - stuck);
  metrics.duplicates.inc(status.duplicates);
  metrics.ignored.inc(status.ignored);
  for (const [refusal, count] of Object.entries(status.refused)) {
    const space = refusal.indexOf(' ');
    metrics.refused.inc({ wire: refusal.slice(0, space), reason: refusal.slice(space + 1) }, count);
  }
  metrics.deadLetters.set(status.deadLetters);
  metrics.lagBytes.set(status.lag.bytes);
  metrics.lagSeconds.set(status.lag.seconds);
  metrics.intakeOpen.set(status.intake.state === 'open' ? 1 : 0);
  if (status.kafka !== undefined) showKafka(metrics, status.kafka);
}

function showKafka(metrics: ReturnType<typeof metricsIn>, kafka: NonNullable<Status['kafka']>): void {
  metrics.kafkaConsuming.set(kafka.state === 'consuming' ? 1 : 0);
  for (const { topic, partition, lag } of kafka.partitions)
    metrics.kafkaLag.set({ topic, partition: String(partition) }, lag);
  metrics.kafkaRecords.inc(kafka.accepted);
  metrics.kafkaDeadLetters.inc(kafka.deadLetters);
}
