import { context, SpanKind, trace } from '@opentelemetry/api';
import { SeverityNumber } from '@opentelemetry/api-logs';
import { OTLPLogExporter as GrpcExporter } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPLogExporter as JsonExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtobufExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { afterEach, expect, it } from 'vitest';
import { normalise } from '../../normalise/normalise.ts';
import { type GrpcReceiverUnderTest, startGrpcReceiver } from '../grpc/receiver.testkit.ts';
import { type Receiver, startReceiver } from '../http/receiver.testkit.ts';
import { GRPC_METHODS } from '../wires.ts';
import { otlpLogs } from './logs.ts';

let receiver: Receiver | GrpcReceiverUnderTest;
afterEach(() => receiver.close());

const nowUs = () => Date.now() * 1000;
const overHttp = () => startReceiver(otlpLogs, { nowUs });
const [method = ''] = [...GRPC_METHODS].find(([, wire]) => wire === otlpLogs) ?? [];
const overGrpc = () => startGrpcReceiver(method, otlpLogs, { nowUs });

it.each([
  ['protobuf', overHttp, (url: string) => new ProtobufExporter({ url })],
  ['JSON', overHttp, (url: string) => new JsonExporter({ url })],
  ['gRPC', overGrpc, (url: string) => new GrpcExporter({ url: `http://${url}` })],
])('what a real SDK logs within a span becomes events, in %s', async (_name, start, exporterTo) => {
  receiver = await start();
  const provider = new LoggerProvider({
    processors: [new BatchLogRecordProcessor({ exporter: exporterTo(receiver.url) })],
  });
  const logger = provider.getLogger('test', '1.0.0');
  const span = new TracerProvider().getTracer('test').startSpan('pay', { kind: SpanKind.SERVER });
  const inside = trace.setSpan(context.active(), span);
  logger.emit({
    eventName: 'order.paid',
    body: { by: 'card', amount: 17 },
    attributes: { 'order.id': 'ö-42', lines: ['a', 'b'] },
    context: inside,
  });
  logger.emit({
    severityNumber: SeverityNumber.ERROR,
    body: 'payment failed',
    attributes: { 'order.id': 'ö-43' },
    exception: new RangeError('declined'),
    context: inside,
  });
  logger.emit({ body: 'no key', context: inside });
  logger.emit({ body: 'no trace', attributes: { 'order.id': 'ö-44' } });
  await provider.shutdown();

  const keyReaders = [{ keyType: 'order', source: 'otlp', attribute: 'order.id' }] as const;
  const found = receiver.accepted.map((record) => normalise(record, { keyReaders }));
  const { traceId, spanId } = span.spanContext();
  const events = found.flatMap((each) => each.events);
  expect(events).toMatchObject([
    {
      type: 'order.paid',
      keys: { order: ['ö-42'] },
      attributes: { 'log.body': '{"by":"card","amount":17}', lines: '["a","b"]' },
      trace: { traceId, parentSpanId: spanId },
      status: 'unset',
    },
    {
      type: 'payment failed',
      keys: { order: ['ö-43'] },
      status: 'error',
      error: { type: 'RangeError', message: 'declined' },
    },
  ]);
  expect(found.reduce((sum, each) => sum + (each.ignored ?? 0), 0)).toBe(2);
  expect(receiver.refused).toEqual([]);
});
