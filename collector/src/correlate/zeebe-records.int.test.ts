import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { instancesOf, normalised, ORDERS, waysOf } from './engine-records.testkit.ts';

/** What a real Zeebe 8.6.0 exported: 20 instances of an order process. It is no part of the project. */
const file = fileURLToPath(new URL('../../../../shared/data/zeebe/zeebe-records.ndjson', import.meta.url));

type Exported = {
  readonly recordType: string;
  readonly valueType: string;
  readonly intent: string;
  readonly value: { readonly elementId: string; readonly bpmnElementType: string; readonly name?: string };
};

it.skipIf(!existsSync(file))('the records of a real Zeebe are the activities that they say', async () => {
  const body = readFileSync(file);
  const exported = body
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Exported);
  const told = (intent: string, element: string) =>
    exported.filter(
      ({ recordType, valueType, intent: its, value }) =>
        recordType === 'EVENT' &&
        valueType === 'PROCESS_INSTANCE' &&
        its === intent &&
        value.elementId === element,
    ).length;
  const found = normalised(body, ORDERS);
  expect(found.deadLetters).toEqual([]);
  const instances = await instancesOf([found], ORDERS);
  for (const flow of ['order-fulfillment', 'orders']) {
    const own = instances.filter((instance) => instance.flow === flow);
    expect(own).toHaveLength(told('ELEMENT_ACTIVATING', 'order-fulfillment'));
    const steps = own.flatMap((instance) => instance.steps);
    for (const [element, activity] of [
      ['start', 'start'],
      ['retrieve-payment', 'Retrieve payment'],
      ['goods-fetched', 'Goods fetched'],
      ['ship-goods', 'Ship goods'],
      ['end', 'end'],
    ] as const) {
      const ones = steps.filter((step) => step.activity === activity);
      expect(ones).toHaveLength(told('ELEMENT_ACTIVATING', element));
      expect(ones.filter((step) => !step.open)).toHaveLength(told('ELEMENT_COMPLETED', element));
    }
    const flows = exported.filter(({ intent }) => intent === 'SEQUENCE_FLOW_TAKEN');
    const ways = own.flatMap(waysOf);
    expect(ways).toHaveLength(flows.length);
    expect(new Set(ways.map((way) => way.split(' ').at(-1)))).toEqual(new Set(['causal']));
    const states = (state: string) => own.filter((instance) => instance.state === state);
    expect(states('completed')).toHaveLength(told('ELEMENT_COMPLETED', 'order-fulfillment'));
    expect(states('failed').map((instance) => instance.lastError?.message)).toEqual(['card declined']);
  }
});

it.skipIf(!existsSync(file))('they are the same in whatever pieces they come, and sent again', async () => {
  const lines = readFileSync(file).toString().trim().split('\n');
  const piece = (from: number, to: number) => normalised(Buffer.from(lines.slice(from, to).join('\n')));
  const whole = await instancesOf([piece(0, lines.length)]);
  const pieces = await instancesOf([piece(900, lines.length), piece(300, 950), piece(0, 400), piece(0, 200)]);
  const told = (found: typeof whole) =>
    found
      .map(({ instance, state, steps, causes, lastError }) =>
        JSON.stringify([
          instance,
          state,
          steps.map((step) => [step.activity, step.startUs, step.endUs]),
          causes,
          lastError,
        ]),
      )
      .sort();
  expect(told(pieces)).toEqual(told(whole));
});
