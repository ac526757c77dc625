import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OtlpSink, type SinkSpan } from '../testdata/otlp-sink.ts';
import { runLandscape } from '../testdata/run-landscape.ts';
import { orderFateOf, orderId } from './order-fate.ts';

const seed = 53;
const count = 40;
const ids = Array.from({ length: count }, (_, index) => orderId('test', index + 1));
const fateOf = (id: string) => orderFateOf(seed, ids.indexOf(id) + 1);

type ExportedRecord = {
  readonly recordType: string;
  readonly valueType: string;
  readonly intent: string;
  readonly value: Readonly<Record<string, unknown>> & { readonly processInstanceKey: string };
};

const directory = mkdtempSync(join(tmpdir(), 'order-fulfilment-'));
const sink = new OtlpSink();
let done: Record<string, unknown>;
let events: ExportedRecord[];
const spansOf = (id: string) => sink.spans.filter((span) => span.attributes['order.id'] === id);

beforeAll(async () => {
  await sink.open();
  const size = [
    '--count',
    String(count),
    '--rate',
    '20',
    '--speed',
    '20',
    '--seed',
    String(seed),
    '--run',
    'test',
  ];
  const places = ['--data', join(directory, 'data'), '--records', join(directory, 'records')];
  const to = ['--endpoint', sink.endpoint];
  const landscape = runLandscape('../order-fulfilment/main.ts', ...size, ...places, ...to);
  await landscape.line();
  done = await landscape.line();
  expect(await landscape.exit).toEqual({ code: 0, signal: null });
  events = readdirSync(join(directory, 'records'))
    .flatMap((file) =>
      readFileSync(join(directory, 'records', file), 'utf8')
        .trim()
        .split('\n'),
    )
    .map((line) => JSON.parse(line.replaceAll(/"(\w*[kK]ey)":(\d+)/g, '"$1":"$2"')) as ExportedRecord)
    .filter(({ recordType }) => recordType === 'EVENT');
}, 60_000);

afterAll(async () => {
  await sink.close();
  rmSync(directory, { recursive: true, force: true });
});

test('every order comes to the end that its fate says', () => {
  const fates = ids.map(fateOf);
  const lost = fates.filter(({ delivery }) => delivery === 'lost').length;
  const cancelled = fates.filter(({ declined }) => declined).length;
  expect(lost).toBeGreaterThan(0);
  expect(cancelled).toBeGreaterThan(0);
  expect(done).toEqual({
    landscape: 'done',
    placed: count,
    delivered: count - lost - cancelled,
    cancelled,
    lost,
  });
});

test('all spans of an order are one trace, each follows the one before, and none is missing', () => {
  for (const id of ids) {
    const fate = fateOf(id);
    const spans = spansOf(id);
    expect(new Set(spans.map(({ traceId }) => traceId)).size, id).toBe(1);
    const names = spans.map(({ name }) => name).sort();
    const payments = fate.paymentFailsFirst ? ['retrieve payment', 'retrieve payment'] : ['retrieve payment'];
    const expected = fate.declined
      ? ['cancel order', 'place order', ...payments]
      : [
          'place order',
          ...payments,
          'ship goods',
          ...(fate.delivery === 'lost' ? [] : ['send goods.delivered']),
        ];
    // At this speed the carrier may also be asked where the goods come in time.
    const asked = names.filter((name) => name === 'ask carrier');
    expect(
      names.filter((name) => name !== 'ask carrier'),
      id,
    ).toEqual(expected.sort());
    if (!fate.declined && fate.delivery !== 'in time') expect(asked, id).toHaveLength(1);
    const parentOf = (span: SinkSpan | undefined) =>
      spans.find(({ spanId }) => spanId === span?.parentSpanId)?.name;
    const named = (name: string) => spans.find((span) => span.name === name);
    expect(parentOf(named('retrieve payment'))).toBe('place order');
    if (fate.declined) expect(parentOf(named('cancel order'))).toBe('retrieve payment');
    else expect(parentOf(named('ship goods'))).toBe('retrieve payment');
    expect(parentOf(named('send goods.delivered')) ?? 'ship goods').toMatch(/^(ship goods|ask carrier)$/);
  }
});

test('a payment provider that fails once leaves an error, and the job is done again', () => {
  for (const id of ids.filter((one) => fateOf(one).paymentFailsFirst)) {
    const statuses = spansOf(id)
      .filter(({ name }) => name === 'retrieve payment')
      .map(({ status }) => status);
    expect(statuses.sort()).toEqual([0, 2]);
  }
  const declined = ids.filter((id) => fateOf(id).declined).flatMap(spansOf);
  expect(declined.filter(({ status }) => status === 2)).toEqual([]);
});

test('records of the engine and spans of one order carry the same business key and trace', () => {
  const instances = new Map<string, string>();
  const traces = new Map<string, string>();
  for (const { valueType, intent, value } of events) {
    if (valueType !== 'VARIABLE' || intent !== 'CREATED') continue;
    const content = JSON.parse(value['value'] as string);
    if (value['name'] === 'order') instances.set(value.processInstanceKey, content.id);
    if (value['name'] === 'traceparent') traces.set(value.processInstanceKey, content.split('-')[1]);
  }
  expect([...instances.values()].sort()).toEqual(ids);
  for (const [instance, id] of instances) {
    expect(traces.get(instance)).toBe(spansOf(id)[0]?.traceId);
    const started = spansOf(id).filter(({ attributes }) => 'workflow.process_instance.key' in attributes);
    const keys = started.map(({ attributes }) => attributes['workflow.process_instance.key']);
    expect(new Set(keys)).toEqual(new Set([instance]));
    const ended = events.some(
      ({ intent, value }) =>
        intent === 'ELEMENT_COMPLETED' &&
        (value['elementId'] === 'await-delivery' || value['elementId'] === 'order-cancelled') &&
        value.processInstanceKey === instance,
    );
    expect(ended, id).toBe(fateOf(id).delivery !== 'lost');
  }
  expect(events.filter(({ valueType }) => valueType === 'INCIDENT')).toEqual([]);
});
