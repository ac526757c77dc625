import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  BatchSpanProcessor,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { afterEach, describe, expect, it } from 'vitest';
import { type GrpcReceiverUnderTest, startGrpcReceiver } from '../grpc/receiver.testkit.ts';
import { type Receiver, startReceiver } from '../http/receiver.testkit.ts';
import { GRPC_METHODS } from '../wires.ts';
import { readTraceRequestJson } from './json.ts';
import { type ReadSpan, readAll } from './otlp.testkit.ts';
import { readTraceRequest } from './protobuf.ts';
import { SPAN_KIND } from './span.ts';
import { otlpTraces } from './traces.ts';

let receiver: Receiver | GrpcReceiverUnderTest;
afterEach(() => receiver.close());

const nowUs = () => Date.now() * 1000;
const overHttp = () => startReceiver(otlpTraces, { nowUs });
const [method = ''] = [...GRPC_METHODS].find(([, wire]) => wire === otlpTraces) ?? [];
const overGrpc = () => startGrpcReceiver(method, otlpTraces, { nowUs });

const KINDS: Readonly<Record<SpanKind, number>> = {
  [SpanKind.INTERNAL]: SPAN_KIND.internal,
  [SpanKind.SERVER]: SPAN_KIND.server,
  [SpanKind.CLIENT]: SPAN_KIND.client,
  [SpanKind.PRODUCER]: SPAN_KIND.producer,
  [SpanKind.CONSUMER]: SPAN_KIND.consumer,
};

/** What the SDK itself holds of a span, as the receiver should see it. */
function seenBy(span: ReadableSpan) {
  const instant = ([seconds, nanos]: readonly [number, number]) => ({
    us: seconds * 1_000_000 + Math.floor(nanos / 1000),
    ns: nanos % 1000,
  });
  const attributes = Object.entries(span.attributes).map(([name, value]) => [
    name,
    Array.isArray(value) ? JSON.stringify(value) : value,
  ]);
  return {
    traceId: span.spanContext().traceId,
    spanId: span.spanContext().spanId,
    parentSpanId: span.parentSpanContext?.spanId ?? '',
    name: span.name,
    kind: KINDS[span.kind],
    start: instant(span.startTime),
    end: instant(span.endTime),
    attributes: Object.fromEntries(attributes),
    links: span.links.map((link) => ({ traceId: link.context.traceId, spanId: link.context.spanId })),
    exceptionType:
      span.events.findLast((event) => event.name === 'exception')?.attributes?.['exception.type'] ?? '',
    statusCode: span.status.code,
    statusMessage: span.status.message ?? '',
    resource: expect.objectContaining({ 'telemetry.sdk.language': 'nodejs' }),
  };
}

/** A message that is sent, processed and fails, with everything that an SDK can put on a span. */
function tell(provider: TracerProvider): void {
  const tracer = provider.getTracer('test', '1.0.0');
  const sent = tracer.startSpan('send orders.placed', {
    kind: SpanKind.PRODUCER,
    attributes: {
      'messaging.system': 'test',
      'order.id': 'ö-42',
      amount: 17,
      rate: 0.5,
      paid: true,
      lines: ['a', 'b'],
    },
  });
  sent.end();
  const links = [{ context: sent.spanContext() }];
  const processed = tracer.startSpan('process orders.placed', { kind: SpanKind.CONSUMER, root: true, links });
  const inside = trace.setSpan(context.active(), processed);
  tracer.startSpan('charge', { kind: SpanKind.CLIENT }, inside).setStatus({ code: SpanStatusCode.OK }).end();
  processed.recordException(new RangeError('declined'));
  processed.setStatus({ code: SpanStatusCode.ERROR, message: 'the card was declined' });
  processed.end();
}

describe('what a real SDK sends', () => {
  it.each([
    ['protobuf', overHttp, (url: string) => new ProtobufExporter({ url }), readTraceRequest],
    ['JSON', overHttp, (url: string) => new JsonExporter({ url }), readTraceRequestJson],
    [
      'protobuf with gzip',
      overHttp,
      (url: string) => new ProtobufExporter({ url, compression: GZIP }),
      readTraceRequest,
    ],
    ['gRPC', overGrpc, (url: string) => new GrpcExporter({ url: `http://${url}` }), readTraceRequest],
    [
      'gRPC with gzip',
      overGrpc,
      (url: string) => new GrpcExporter({ url: `http://${url}`, compression: GZIP }),
      readTraceRequest,
    ],
  ])('arrives as it was, in %s', async (_name, start, exporterTo, read) => {
    receiver = await start();
    const kept = new InMemorySpanExporter();
    const provider = new TracerProvider({
      spanProcessors: [
        new SimpleSpanProcessor({ exporter: kept }),
        new BatchSpanProcessor({ exporter: exporterTo(receiver.url) }),
      ],
    });
    tell(provider);
    await provider.forceFlush();
    const sent = kept.getFinishedSpans().map(seenBy);
    await provider.shutdown();
    const found: ReadSpan[] = receiver.accepted.flatMap(({ body }) => readAll(read, body));
    expect(sent).toHaveLength(3);
    expect(found).toHaveLength(3);
    for (const span of sent) {
      expect(found.find((other) => other.spanId === span.spanId)).toMatchObject(span);
    }
    expect(found.find((span) => span.statusCode === 2)?.exceptionMessage).toBe('declined');
    expect(receiver.refused).toEqual([]);
  });
});

/** A member of an enum that the exporters do not export; that of gRPC has the same word. */
const GZIP = 'gzip' as Exclude<
  NonNullable<ConstructorParameters<typeof ProtobufExporter>[0]>['compression'],
  undefined
>;
