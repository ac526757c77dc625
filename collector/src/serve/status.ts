import type { Collector, KafkaFigures } from '../collector.ts';
import type { Status } from './schema.ts';

export type StatusContext = {
  readonly version: string;
  readonly store: string;
  /** `performance.now()` at the start. */
  readonly startedMs: number;
  /** Requests refused whole on the main port. */
  readonly refused: ReadonlyMap<string, number>;
  readonly nowUs: () => number;
};

export async function statusOf(collector: Collector, context: StatusContext): Promise<Status> {
  const [counts, progress, intake, kafka, storeBytes] = await Promise.all([
    collector.queries.counts(context.nowUs()),
    collector.progress(),
    collector.intakeFigures(),
    collector.kafkaFigures(),
    collector.queries.usedBytes(false),
  ]);
  const refused: Record<string, number> = { ...intake.refused };
  for (const [reason, count] of context.refused) refused[reason] = (refused[reason] ?? 0) + count;
  return {
    version: context.version,
    store: context.store,
    events: { total: counts.events, bySource: { ...counts.bySource } },
    instances: { total: counts.instances, open: counts.open, stuck: counts.stuck },
    duplicates: progress.duplicates,
    ignored: progress.ignored + intake.ignored,
    deadLetters: counts.deadLetters,
    refused,
    lag: { bytes: Math.max(0, progress.end - progress.stored), seconds: progress.lagMs / 1000 },
    uptimeS: Math.round((performance.now() - context.startedMs) / 100) / 10,
    intake: { state: intake.failure === '' ? 'open' : 'failed', reason: intake.failure },
    retention: {
      instancesRemoved: progress.expired.instances,
      eventsRemoved: progress.expired.events,
      logBytes: intake.logBytes,
      storeBytes,
      ...collector.retention(),
    },
    ...(kafka && { kafka: kafkaStatus(kafka) }),
  };
}

function kafkaStatus(kafka: KafkaFigures): NonNullable<Status['kafka']> {
  const lag = kafka.partitions.reduce((sum, partition) => sum + partition.lag, 0);
  return { ...kafka, missing: [...kafka.missing], partitions: [...kafka.partitions], lag };
}

/** Why the service can't do its work now, nothing when it can; and what is to be known beside: the rest works. */
export type Readiness = { readonly reasons: readonly string[]; readonly notes: readonly string[] };

export async function readiness(collector: Collector): Promise<Readiness> {
  const reasons: string[] = [];
  const [intake, kafka] = await Promise.all([collector.intakeFigures(), collector.kafkaFigures()]);
  if (intake.failure !== '') reasons.push(`the intake log refuses to write: ${intake.failure}`);
  if (collector.failure() !== '') reasons.push(`the store is away: ${collector.failure()}`);
  const notes: string[] = [];
  if (kafka?.state === 'away') notes.push(`Kafka is away: ${kafka.reason}`);
  for (const topic of kafka?.missing ?? []) notes.push(`Kafka has no topic '${topic}'`);
  return { reasons, notes };
}
