import { readFileSync } from 'node:fs';
import { SpanKind } from '@opentelemetry/api';
import { EngineError } from '@throughline/engine/client';
import { orderFateOf, orderId, patienceMs } from './order-fate.ts';
import { type Bench, runOrderService } from './service.ts';

/** It stands beside the sources; the compiler does not take it along. */
const resource = new URL('order.bpmn', import.meta.url.replace('/dist/landscape/', '/landscape/'));

runOrderService((bench) => {
  bench.work('cancel-order', 'cancel order', async () => {
    await bench.pace.wait(200);
    bench.report('cancelled');
  });
  void placeOrders(bench);
});

/** Deploys the process, unless it is there, and places orders as fast as the settings say. */
async function placeOrders({ settings, engine, spans, pace, report }: Bench): Promise<void> {
  const { seed, run, rate, count, speed } = settings;
  await untilTaken(pace, () => engine.deploy([{ name: 'order.bpmn', content: readFileSync(resource) }]));
  for (let number = 1; (count === null || number <= count) && !pace.hurried; number += 1) {
    const id = orderId(run, number);
    const { totalEuro } = orderFateOf(seed, number);
    const order = { id, total: totalEuro, patience: `PT${patienceMs / 1000 / speed}S` };
    const attributes = { 'order.id': id, 'order.total': totalEuro };
    await spans.within({ name: 'place order', kind: SpanKind.INTERNAL, attributes }, () =>
      untilTaken(pace, () =>
        engine.createInstance({ bpmnProcessId: 'order-fulfilment', variables: { order } }),
      ),
    );
    report('placed');
    await pace.waitExactly(1_000 / rate);
  }
}

/** Tries again while the engine has too much to do or is away. */
async function untilTaken(pace: Bench['pace'], request: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await request();
      return;
    } catch (error) {
      const isPassing =
        error instanceof EngineError && (error.code === 'RESOURCE_EXHAUSTED' || error.code === 'UNAVAILABLE');
      if (!isPassing || pace.hurried) throw error;
      await pace.waitExactly(error.retryAfterMs ?? 500);
    }
  }
}
