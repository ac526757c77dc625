import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudEvent, HTTP, type Message } from 'cloudevents';
import { EventsAccepted, Problem } from 'throughline/schema';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from '../stack/api.ts';
import { type CollectorProcess, startCollectorProcess } from '../stack/collector-process.ts';

const CONFIGURATION = `version: 1
flows:
  orders:
    keys:
      order:
        - { source: cloudevents, path: data.orderId }
        - { source: cloudevents, path: 'data.lines[*].order' }
        - { source: otlp, attribute: order.id }
    activities: [{ type: com.example.order.placed, activity: Order placed }]
    ends: [com.example.order.delivered]
`;

const directory = mkdtempSync(join(tmpdir(), 'throughline-cloudevents-'));
let collector: CollectorProcess;
let api: Api;
beforeAll(async () => {
  const config = join(directory, 'throughline.yaml');
  writeFileSync(config, CONFIGURATION);
  collector = await startCollectorProcess({ dataDir: join(directory, 'data'), config });
  api = new Api(collector.http);
});
afterAll(async () => {
  await collector.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function post({ headers, body }: Pick<Message, 'headers' | 'body'>, to = collector.http) {
  const response = await fetch(`${to}/api/v1/events`, {
    method: 'POST',
    headers: headers as Record<string, string>,
    body: body as string,
  });
  return { status: response.status, answer: (await response.json()) as unknown };
}

const ORDERS = 40;
const STEPS = ['placed', 'paid', 'shipped', 'delivered'];
const START_MS = Date.now() - 3_600_000;

/** What a shop would send: four events an order, of two services, as the SDK makes them. */
function eventsOf(order: number): CloudEvent<Record<string, unknown>>[] {
  return STEPS.map(
    (step, place) =>
      new CloudEvent({
        id: `${order}-${step}`,
        source: place % 2 === 0 ? '/shop/orders' : 'https://shop.example/logistics',
        type: `com.example.order.${step}`,
        subject: `Größe ${order}`,
        time: new Date(START_MS + order * 1000 + place).toISOString(),
        partitionkey: String(order % 3),
        datacontenttype: 'application/json',
        data: place === 3 ? { lines: [{ order }, { order }] } : { orderId: order, amount: 9.5 },
      }),
  );
}

const EVENTS = Array.from({ length: ORDERS }, (_, order) => eventsOf(order)).flat();

async function sendAll(): Promise<void> {
  const third = Math.ceil(EVENTS.length / 3);
  for (const event of EVENTS.slice(0, third)) expect((await post(HTTP.binary(event))).status).toBe(202);
  for (const event of EVENTS.slice(third, 2 * third)) {
    expect((await post(HTTP.structured(event), collector.otlpHttp)).status).toBe(202);
  }
  const headers = { 'content-type': 'application/cloudevents-batch+json' };
  const body = JSON.stringify(EVENTS.slice(2 * third).map((event) => event.toJSON()));
  const { status, answer } = await post({ headers, body });
  expect(EventsAccepted.parse(answer)).toEqual(answer);
  expect({ status, answer }).toEqual({
    status: 202,
    answer: { accepted: EVENTS.length - 2 * third, duplicates: 0, rejected: [] },
  });
}

describe('events that the SDK of CloudEvents sends', () => {
  it('are counted once each, however often and in whatever mode they are sent', async () => {
    await sendAll();
    const first = await api.settled();
    expect(first.events).toMatchObject({ total: EVENTS.length, bySource: { cloudevents: EVENTS.length } });
    await sendAll();
    for (const event of EVENTS.slice(-20)) await post(HTTP.binary(event));
    const again = await api.settled();
    expect(again.events.total).toBe(EVENTS.length);
    expect(again.duplicates).toBe(EVENTS.length + 20);
    const ids = await api.eventIds();
    expect(ids.sort()).toEqual(EVENTS.map((event) => `${event.source} ${event.id}`).sort());
  });

  it('are the chain of their flow', async () => {
    const chain = await api.chain('orders');
    expect(chain).toMatchObject({ instances: ORDERS, events: EVENTS.length });
    const activities = ['Order placed', ...STEPS.slice(1).map((step) => `com.example.order.${step}`)];
    expect(chain.activities.map(({ activity, count }) => [activity, count]).sort()).toEqual(
      activities.map((activity) => [activity, ORDERS]).sort(),
    );
    const [instance] = await api.instances('orders', '&key=order:7');
    expect(instance).toMatchObject({ state: 'completed', keys: [{ keyType: 'order', value: '7' }] });
    const [page] = await api.instances('orders', '&attribute.subject=Gr%C3%B6%C3%9Fe%207');
    expect(page?.instance).toBe(instance?.instance);
  });

  it('join the spans of their trace', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const spanId = 'b9c7c989f97918e1';
    const startTimeUnixNano = `${START_MS}000000`;
    const span = {
      traceId,
      spanId,
      name: 'POST /orders',
      kind: 2,
      startTimeUnixNano,
      endTimeUnixNano: startTimeUnixNano,
    };
    const attributes = [{ key: 'service.name', value: { stringValue: 'orders' } }];
    const spans = { resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans: [span] }] }] };
    const traces = await fetch(`${collector.otlpHttp}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(spans),
    });
    expect(traces.status).toBe(200);
    const event = new CloudEvent({
      id: 'traced',
      source: '/shop/orders',
      type: 'com.example.order.placed',
      traceparent: `00-${traceId}-${spanId}-01`,
      data: { orderId: 'T' },
    });
    expect((await post(HTTP.binary(event))).status).toBe(202);
    await api.settled();
    const [instance] = await api.instances('orders', '&key=order:T');
    const detail = await api.instance(instance?.instance ?? '');
    expect(detail.events.map((each) => each.event).sort()).toEqual([
      '/shop/orders traced',
      `${traceId}:${spanId}`,
    ]);
  });

  it('that are wrong are answered by the name of the field', async () => {
    const headers = { 'content-type': 'application/cloudevents+json' };
    const { status, answer } = await post({ headers, body: '{"specversion":"1.0","id":"1","type":"t"}' });
    expect(status).toBe(400);
    expect(Problem.parse(answer)).toMatchObject({ field: 'source' });
  });
});
