import { SpanKind } from '@opentelemetry/api';
import { orderFateOf, orderNumber } from './order-fate.ts';
import { type Bench, orderIdIn, runOrderService } from './service.ts';

/** How long a message is kept for an order that does not wait for it yet. */
const MESSAGE_TTL_MS = 60_000;
const KNOWN_MAX = 10_000;

runOrderService((bench) => {
  const { settings, pace, report, work } = bench;
  /** Orders whose goods are brought or on their way; the message's id takes care of those before a restart. */
  const known = new Set<string>();
  const bring = (id: string, travelMs: number) => {
    if (known.has(id)) return;
    known.add(id);
    const [oldest] = known;
    if (known.size > KNOWN_MAX && oldest !== undefined) known.delete(oldest);
    // Its span says so; the order will ask where its goods are.
    void deliver(bench, id, travelMs).catch(() => known.delete(id));
  };
  const fateIn = (id: string) => orderFateOf(settings.seed, orderNumber(id));

  work('ship-goods', 'ship goods', async ({ variables }) => {
    const id = orderIdIn(variables);
    const { shippingWorkMs, travelMs, delivery } = fateIn(id);
    await pace.wait(shippingWorkMs);
    if (delivery === 'in time') bring(id, travelMs);
  });

  work('ask-carrier', 'ask carrier', async ({ variables }) => {
    const id = orderIdIn(variables);
    const { travelMs, delivery } = fateIn(id);
    await pace.wait(200);
    if (delivery === 'lost') report('lost');
    else bring(id, travelMs);
  });
});

/** The carrier brings the goods, and says so by a message. */
async function deliver({ engine, spans, pace, report }: Bench, id: string, travelMs: number): Promise<void> {
  await pace.wait(travelMs);
  if (pace.hurried) return;
  const attributes = {
    'messaging.system': 'throughline',
    'messaging.operation.name': 'publish',
    'messaging.operation.type': 'send',
    'messaging.destination.name': 'goods.delivered',
    'messaging.message.id': id,
    'order.id': id,
  };
  await spans.within({ name: 'send goods.delivered', kind: SpanKind.PRODUCER, attributes }, () =>
    engine.publishMessage({
      name: 'goods.delivered',
      correlationKey: id,
      messageId: id,
      timeToLiveMs: MESSAGE_TTL_MS,
      variables: { delivered: true },
    }),
  );
  report('delivered');
}
