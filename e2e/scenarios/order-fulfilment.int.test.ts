import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { orderFateOf, orderId } from '../landscape/order-fulfilment/order-fate.ts';
import { Api } from '../stack/api.ts';
import { startCollectorProcess } from '../stack/collector-process.ts';
import { runLandscape } from '../stack/landscape-process.ts';

const FLOW = 'order-fulfilment';
const demoConfig = fileURLToPath(new URL('../landscape/throughline.yaml', import.meta.url));
const seed = 53;
const orders = Array.from({ length: 40 }, (_, index) => ({
  id: orderId('e2e', index + 1),
  fate: orderFateOf(seed, index + 1),
}));

it('shows the order process that an engine and its workers run as one, and says what the lost orders wait for', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'throughline-orders-'));
  const config = join(directory, 'throughline.yaml');
  writeFileSync(config, readFileSync(demoConfig, 'utf8').replaceAll('within: 20s', 'within: 3s'));
  const collector = await startCollectorProcess({ dataDir: join(directory, 'data'), config });
  const size = ['--count', '40', '--rate', '20', '--speed', '10', '--seed', String(seed), '--run', 'e2e'];
  const places = ['--data', join(directory, 'engine'), '--endpoint', collector.otlpHttp];
  places.push('--collector', collector.http);
  await runLandscape([...size, ...places], 'order-fulfilment/main.js');
  const api = new Api(collector.http);
  await api.settled();

  const chain = await api.chain(FLOW, '?view=causal');
  const counts = Object.fromEntries(chain.activities.map(({ activity, instances }) => [activity, instances]));
  const cancelled = orders.filter(({ fate }) => fate.declined);
  const lost = orders.filter(({ fate }) => fate.delivery === 'lost');
  expect(counts).toMatchObject({
    'Order placed': orders.length,
    'Payment retrieved': orders.length,
    'Goods shipped': orders.length - cancelled.length,
    'Order cancelled': cancelled.length,
    'Order delivered': orders.length - cancelled.length - lost.length,
  });
  const ways = new Set(chain.transitions.map(({ from, to }) => `${from} > ${to}`));
  expect([...ways]).toEqual(
    expect.arrayContaining([
      'Order placed > Payment retrieved',
      'Payment retrieved > Goods shipped',
      'Payment retrieved > Declined',
      'Declined > Cancel order',
      'Cancel order > Order cancelled',
      'Goods shipped > Await delivery',
      'Await delivery > Order delivered',
      'Await delivery > Late',
      'Late > Ask carrier',
      'Ask carrier > Carrier asked',
    ]),
  );
  // The carrier's message is sent by a span that knows of no step before it.
  const unexplained = chain.transitions.filter(({ evidence }) => evidence.causal === 0);
  expect(unexplained.filter(({ from, to }) => ![from, to].includes('Goods delivered'))).toEqual([]);

  // What the engine recorded and what its workers measured of an order are one instance, and there is no other one.
  const instances = await api.instances(FLOW);
  expect(instances).toHaveLength(orders.length);
  for (const { instance } of instances) {
    const { events, steps } = await api.instance(instance);
    expect(new Set(events.map((event) => event.source))).toEqual(new Set(['engine', 'otlp']));
    expect(new Set(events.map((event) => event.service))).toContain('payment');
    expect(steps.filter((step) => step.activity === 'Payment retrieved')).toHaveLength(1);
  }

  const stuck = await api.until(
    () => api.stuck(FLOW),
    ({ total }) => total === lost.length,
  );
  const text = JSON.stringify(stuck);
  for (const { id } of lost) {
    expect(text).toContain(id);
    expect(text).toContain(`message goods.delivered with key ${id}`);
  }
  await collector.stop();
  rmSync(directory, { recursive: true, force: true });
}, 60_000);
