import {
  type Attributes,
  type Link,
  type Span,
  type SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { LedgerBook } from './ledger-book.ts';

/** The version of the semantic conventions that all spans of the landscape follow. */
const schemaUrl = 'https://opentelemetry.io/schemas/1.40.0';

type SpanBook = Pick<LedgerBook, 'spanStarted' | 'record'>;

export type SpanPlan = {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  readonly links?: Link[];
};

/** Makes spans as a user of the API makes them by hand, and tells the ledger of each. */
export class Spans {
  readonly #tracer: Tracer;
  readonly #book: SpanBook;

  constructor(book: SpanBook, flow = 'customer-registration') {
    this.#tracer = trace.getTracerProvider().getTracer(flow, '1.0.0', { schemaUrl });
    this.#book = book;
  }

  /**
   * Runs `work` within a new child span of the active context; what it throws marks the span and is passed
   * on.
   */
  async within<T>(plan: SpanPlan, work: (span: Span) => Promise<T>): Promise<T> {
    const { name, ...options } = plan;
    return this.#tracer.startActiveSpan(name, options, async (span) => {
      this.#book.spanStarted();
      try {
        return await work(span);
      } catch (error) {
        markFailed(span, error);
        throw error;
      } finally {
        span.end();
        this.#recordEnd(name, span);
      }
    });
  }

  #recordEnd(name: string, span: Span): void {
    const parent =
      'parentSpanContext' in span ? (span.parentSpanContext as { spanId: string } | undefined) : undefined;
    this.#book.record({ entry: 'span', name, parentSpanId: parent?.spanId ?? null, ...spanName(span) });
  }
}

export function spanName(span: Span): { readonly traceId: string; readonly spanId: string } {
  const { traceId, spanId } = span.spanContext();
  return { traceId, spanId };
}

function markFailed(span: Span, thrown: unknown): void {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  span.recordException(error);
  span.setAttribute('error.type', error.name);
  span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
}
