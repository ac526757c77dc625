import { context, SpanKind, trace } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import { NodeSDK } from '@opentelemetry/sdk-node';

/**
 * A program that only knows OpenTelemetry: everything about where it sends to comes from the OTEL_ variables.
 *
 * `node sdk-sender.js ORDERS`: for each order a message that is sent and processed, two spans, and a log record within the latter.
 */
const orders = Number(process.argv[2]);
const sdk = new NodeSDK();
sdk.start();
const tracer = trace.getTracer('sdk-sender');
const logger = logs.getLogger('sdk-sender');
for (let order = 1; order <= orders; order++) {
  const attributes = { 'messaging.system': 'test', 'order.id': order };
  const sent = tracer.startSpan('send orders.placed', { kind: SpanKind.PRODUCER, attributes, root: true });
  sent.end();
  const inside = trace.setSpan(context.active(), sent);
  const processed = tracer.startSpan(
    'process orders.placed',
    { kind: SpanKind.CONSUMER, attributes },
    inside,
  );
  logger.emit({
    eventName: 'order.accepted',
    attributes: { 'order.id': order },
    context: trace.setSpan(inside, processed),
  });
  processed.end();
}
await sdk.shutdown();
