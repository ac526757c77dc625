import { context, propagation, ROOT_CONTEXT, SpanKind } from '@opentelemetry/api';
import {
  BpmnError,
  connectEngine,
  createWorker,
  type EngineClient,
  type JobHandler,
  type Worker,
  type WorkerOptions,
} from '@throughline/engine/client';
import { Pace } from '../pace.ts';
import { Spans } from '../spans.ts';
import { startTelemetry } from '../telemetry.ts';

export type ServiceName = 'order' | 'payment' | 'shipping';

/** What the launcher gives each process as its one argument, as JSON. */
export type Settings = {
  /** The engine's REST gateway. */
  readonly engine: string;
  readonly run: string;
  readonly seed: number;
  readonly speed: number;
  /** Orders a second. */
  readonly rate: number;
  /** How many orders there will be; null: no end. */
  readonly count: number | null;
};

export type Outcome = 'placed' | 'delivered' | 'cancelled' | 'lost';

/** Service to launcher: one more order has come so far. The launcher to a service: `stop`. */
export type Report = { readonly outcome: Outcome };
export type Instruction = { readonly kind: 'stop'; readonly flushMs: number };

/** What a service works with. */
export type Bench = {
  readonly settings: Settings;
  readonly engine: EngineClient;
  readonly spans: Spans;
  readonly pace: Pace;
  readonly report: (outcome: Outcome) => void;
  /** Does the jobs of a type, each within a span that follows the job's trace context and gives on its own. */
  readonly work: (type: string, spanName: string, handler: JobHandler) => void;
};

/** Without its launcher a service gives itself this long to export. */
const ORPHAN_FLUSH_MS = 4_500;

/** Runs one service of the landscape in this process, which the launcher has forked. */
export function runOrderService(takeUp: (bench: Bench) => void): void {
  const settings = JSON.parse(process.argv[2] ?? '') as Settings;
  const telemetry = startTelemetry({ record: () => {} });
  const spans = new Spans({ record: () => {}, spanStarted: () => {} }, 'order-fulfilment');
  const pace = new Pace(settings.speed);
  const workers: Worker[] = [];
  takeUp({
    settings,
    engine: connectEngine({ url: settings.engine, traceparent: currentTraceparent }),
    spans,
    pace,
    report: (outcome) => {
      if (process.connected) process.send?.({ outcome } satisfies Report);
    },
    work: (type, spanName, handler) =>
      workers.push(
        createWorker({
          url: settings.engine,
          type,
          handler,
          retryBackoffMs: Math.ceil(1_000 / settings.speed),
          around: withinSpan(spans, spanName),
        }),
      ),
  });

  let stopping = false;
  const stop = async (flushMs: number) => {
    if (stopping) return;
    stopping = true;
    pace.hurry();
    await Promise.all(workers.map((worker) => worker.stop()));
    await telemetry.shutdown(flushMs);
    process.exit(0);
  };
  process.on('message', (instruction: Instruction) => void stop(instruction.flushMs));
  process.on('disconnect', () => void stop(ORPHAN_FLUSH_MS));
  process.on('SIGTERM', () => void stop(ORPHAN_FLUSH_MS));
  process.on('SIGINT', () => {}); // a terminal sends it to the whole group; the launcher says what to do
}

/** The id of the order that a job or request is about. */
export function orderIdIn(variables: Readonly<Record<string, unknown>>): string {
  return (variables['order'] as { readonly id: string }).id;
}

export function currentTraceparent(): string | undefined {
  const carrier: { traceparent?: string } = {};
  propagation.inject(context.active(), carrier);
  return carrier.traceparent;
}

/** A BPMN error is a way that the process goes, so its span has not failed; all else that is thrown marks it. */
function withinSpan(spans: Spans, name: string): NonNullable<WorkerOptions['around']> {
  return async (job, work) => {
    const parent = propagation.extract(ROOT_CONTEXT, { traceparent: job.variables['traceparent'] });
    const attributes = {
      'order.id': orderIdIn(job.variables),
      'workflow.element.id': job.elementId,
      'workflow.job.key': String(job.key),
      'workflow.process_instance.key': String(job.processInstanceKey),
    };
    const plan = { name, kind: SpanKind.INTERNAL, attributes };
    const outcome = await context.with(parent, () =>
      spans.within(plan, async () => {
        const traceparent = currentTraceparent();
        try {
          return { ...(await work()), traceparent };
        } catch (error) {
          if (!(error instanceof BpmnError)) throw error;
          return new BpmnError(error.errorCode, error.message, { ...error.variables, traceparent });
        }
      }),
    );
    if (outcome instanceof BpmnError) throw outcome;
    return outcome;
  };
}
