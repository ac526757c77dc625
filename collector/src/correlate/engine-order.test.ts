import fc from 'fast-check';
import { expect, it } from 'vitest';
import { flowsOf } from '../config/flow.ts';
import { bpmnOf, RecordWriter } from '../receive/records/records.testkit.ts';
import { normalised, ORDERS } from './engine-records.testkit.ts';
import { spanEvent } from './events.testkit.ts';
import { actions, deliveries, Simulation, sortedDocuments } from './simulation.testkit.ts';

const RUNS = process.env['THROUGHLINE_LONG'] === undefined ? 300 : 20_000;

/** One order that calls another process, with a worker that fails once, an incident, and a wait that does not end. */
function story() {
  const order = new RecordWriter('fulfilment');
  order.deploy(
    bpmnOf(
      'fulfilment',
      `<startEvent id="s" name="Placed"/><sequenceFlow id="f0" sourceRef="s" targetRef="fork"/><parallelGateway id="fork"/>
       <sequenceFlow id="f1" sourceRef="fork" targetRef="a"/><sequenceFlow id="f2" sourceRef="fork" targetRef="b"/>
       <serviceTask id="a" name="Pack"/><callActivity id="b" name="Charge"/>`,
      'Fulfilment',
    ),
  );
  order.begin({ orderId: 'o-1' });
  order.pass('s', 'START_EVENT');
  order.flow('f0');
  order.pass('fork', 'PARALLEL_GATEWAY');
  order.flow('f1');
  order.flow('f2');
  const pack = order.start('a', 'SERVICE_TASK');
  const call = order.start('b', 'CALL_ACTIVITY');
  const work = { elementId: 'a', elementInstanceKey: pack, type: 'pack', retries: 1 };
  const job = order.write('JOB', 'CREATED', work);
  order.at = 3;
  order.write('JOB', 'FAILED', { ...work, errorMessage: 'no box' }, job);
  const held = {
    elementId: 'a',
    elementInstanceKey: pack,
    errorType: 'JOB_NO_RETRIES',
    errorMessage: 'no box',
  };
  const incident = order.write('INCIDENT', 'CREATED', held);
  order.at = 6;
  order.write('INCIDENT', 'RESOLVED', held, incident);
  order.write('JOB', 'COMPLETED', work, job);
  order.end(pack, 'a', 'SERVICE_TASK');
  const charge = new RecordWriter('charging', { instance: (1n << 51n) + 900n, position: 500 });
  const parent = { parentProcessInstanceKey: order.instance, parentElementInstanceKey: call };
  charge.element('ELEMENT_ACTIVATING', 'charging', 'PROCESS', charge.instance, parent);
  const wait = charge.start('w', 'RECEIVE_TASK');
  const message = { elementInstanceKey: wait, messageName: 'paid', correlationKey: 'o-1' };
  charge.write('MESSAGE_SUBSCRIPTION', 'CREATED', message);
  const { events, definitions = [] } = normalised(Buffer.concat([order.body, charge.body]), ORDERS);
  const span = spanEvent('t/1', { keys: { order: ['o-1'] }, at: 50 });
  return { events: [...events, span], definition: definitions[0] };
}

it('an order of records, repeats, batches, restarts and a late definition change nothing', async () => {
  const { events, definition } = story();
  if (definition === undefined) throw new Error('the story deploys a process');
  const flows = flowsOf(ORDERS);
  const inOrder = await new Simulation(events, flows, new Map([[0, definition]])).run([]);
  const expected = sortedDocuments(inOrder.byNo.values());
  expect(JSON.stringify(expected)).toContain('Pack');
  const property = fc.asyncProperty(
    deliveries(events),
    actions,
    fc.oneof(fc.nat(events.length), fc.constant(events.length)),
    async (log, happenings, at) => {
      const rows = await new Simulation(log, flows, new Map([[at, definition]])).run(happenings);
      expect(sortedDocuments(rows.byNo.values())).toEqual(expected);
    },
  );
  await fc.assert(property, { numRuns: RUNS });
}, 600_000);
