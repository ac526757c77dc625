import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { core, NodeSDK } from '@opentelemetry/sdk-node';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { LedgerBook } from './ledger-book.ts';

type WhenExported = Parameters<SpanExporter['export']>[1];

/**
 * The standard variables that the landscape sets where its user has not.
 *
 * The exporter (0.223.0) retries refused and reset connections, time-outs and 429, 502, 503, 504 at most five
 * times, after 1, 1.5, 2.25, 3.4 and 5 s (each ± 20%), as far as its time-out allows; then the batch is lost.
 * The default time-out of 10 s cuts the last of these off. With 60 s all five happen: a collector that is
 * away for up to 10.5 s costs nothing. The queue holds what ends meanwhile: 32,768 spans are 10 s of more
 * than 3,000 spans/s a process. At the end the SDK exports all that is queued at once, at most 30 requests:
 * so a batch is 1/16 of the queue.
 */
export const exportVariables: Readonly<Record<string, string>> = {
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
  OTEL_EXPORTER_OTLP_TIMEOUT: '60000',
  OTEL_BSP_EXPORT_TIMEOUT: '90000',
  OTEL_BSP_MAX_QUEUE_SIZE: '32768',
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '2048',
  OTEL_BSP_SCHEDULE_DELAY: '500',
  OTEL_TRACES_EXPORTER: 'otlp',
  OTEL_METRICS_EXPORTER: 'none',
  OTEL_LOGS_EXPORTER: 'none',
  OTEL_NODE_RESOURCE_DETECTORS: 'env,host',
};

export type Telemetry = {
  /** Exports what has ended; gives up after `limitMs`. */
  readonly shutdown: (limitMs: number) => Promise<void>;
};

/**
 * Starts the SDK with nothing but the OTEL_ variables of the process; only the exporter is wrapped, to be
 * counted.
 */
export function startTelemetry(book: Pick<LedgerBook, 'record'>): Telemetry {
  const exporter = new CountingExporter(new OTLPTraceExporter(), book);
  const sdk = new NodeSDK({ traceExporter: exporter });
  sdk.start();
  return {
    async shutdown(limitMs) {
      const flushed = sdk
        .shutdown()
        .catch(() => undefined) // a failed batch is in the ledger already, and must not hide the others
        .then(() => exporter.settled());
      await Promise.race([flushed, delay(limitMs)]);
    },
  };
}

/** Tells the ledger of every batch whether the exporter says that it arrived. */
export class CountingExporter implements SpanExporter {
  readonly #exporter: SpanExporter;
  readonly #book: Pick<LedgerBook, 'record'>;
  readonly #running = new Set<Promise<void>>();

  constructor(exporter: SpanExporter, book: Pick<LedgerBook, 'record'>) {
    this.#exporter = exporter;
    this.#book = book;
  }

  export(spans: ReadableSpan[], whenExported: WhenExported): void {
    const { promise, resolve } = settleable();
    this.#running.add(promise);
    this.#exporter.export(spans, (outcome) => {
      const arrived = outcome.code === core.ExportResultCode.SUCCESS;
      this.#book.record({
        entry: 'export',
        result: arrived ? 'success' : 'failed',
        spanIds: spans.map((span) => span.spanContext().spanId),
        ...(outcome.error === undefined ? {} : { error: outcome.error.message }),
      });
      this.#running.delete(promise);
      resolve();
      whenExported(outcome);
    });
  }

  /** Resolves when no export is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.();
  }

  async shutdown(): Promise<void> {
    await this.#exporter.shutdown();
  }
}

function settleable(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function delay(durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, durationMs).unref();
  });
}
