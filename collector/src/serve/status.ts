import type { Collector } from '../collector.ts';
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
  const [counts, progress, intake] = await Promise.all([
    collector.queries.counts(context.nowUs()),
    collector.progress(),
    collector.intakeFigures(),
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
  };
}

/** Why the service can't do its work now; empty when it can. */
export async function readiness(collector: Collector): Promise<string[]> {
  const reasons: string[] = [];
  const intake = await collector.intakeFigures();
  if (intake.failure !== '') reasons.push(`the intake log refuses to write: ${intake.failure}`);
  if (collector.failure() !== '') reasons.push(`the store is away: ${collector.failure()}`);
  return reasons;
}
