import { describe, expect, it } from 'vitest';
import { bpmnOf, RecordWriter, sampleRecords } from '../receive/records/records.testkit.ts';
import { instancesOf, normalised, ORDERS, waysOf } from './engine-records.testkit.ts';
import { spanEvent } from './events.testkit.ts';
import type { InstanceDocument } from './instance.ts';

async function onlyInstance(records: RecordWriter): Promise<InstanceDocument> {
  const instances = await instancesOf([normalised(records.body)]);
  expect(instances).toHaveLength(1);
  return instances[0] as InstanceDocument;
}

const BRANCHES = bpmnOf(
  'order',
  `<startEvent id="s" name="Placed"/><sequenceFlow id="f0" sourceRef="s" targetRef="fork"/><parallelGateway id="fork"/>
   <sequenceFlow id="f1" sourceRef="fork" targetRef="a"/><sequenceFlow id="f2" sourceRef="fork" targetRef="b"/>
   <serviceTask id="a" name="Pack"/><serviceTask id="b" name="Bill"/>
   <sequenceFlow id="f3" sourceRef="a" targetRef="join"/><sequenceFlow id="f4" sourceRef="b" targetRef="join"/>
   <parallelGateway id="join"/><sequenceFlow id="f5" sourceRef="join" targetRef="e"/><endEvent id="e" name="Done"/>`,
  'Order',
);

function branches(): RecordWriter {
  const records = new RecordWriter();
  records.deploy(BRANCHES);
  records.begin();
  records.pass('s', 'START_EVENT');
  records.flow('f0');
  records.pass('fork', 'PARALLEL_GATEWAY');
  records.flow('f1');
  records.flow('f2');
  const a = records.start('a', 'SERVICE_TASK');
  const b = records.start('b', 'SERVICE_TASK');
  records.at = 10;
  records.end(a, 'a', 'SERVICE_TASK');
  records.flow('f3');
  records.at = 30;
  records.end(b, 'b', 'SERVICE_TASK');
  records.flow('f4');
  records.pass('join', 'PARALLEL_GATEWAY');
  records.flow('f5');
  records.pass('e', 'END_EVENT');
  records.finish();
  return records;
}

describe('the records of a process instance', () => {
  it('are one activity for each element, with its name, its service, its beginning and its end', async () => {
    const { flow, state, steps } = await onlyInstance(sampleRecords());
    expect([flow, state]).toEqual(['order', 'open']);
    expect(steps).toMatchObject([
      { activity: 'Retrieve payment', service: 'payment', open: false, status: 'error' },
      { activity: 'wait', service: 'zeebe', open: true, status: 'unset' },
    ]);
    expect(steps.map((step) => step.endUs - step.startUs)).toEqual([400_000, 0]);
  });

  it('say by sequence flows what led to what, through gateways that are no activities', async () => {
    const instance = await onlyInstance(branches());
    expect(instance.state).toBe('completed');
    expect(waysOf(instance)).toEqual([
      'Placed > Pack causal',
      'Placed > Bill causal',
      'Pack > Done causal',
      'Bill > Done causal',
    ]);
  });

  it('lead to the same where the definition was never seen, but for the names', async () => {
    const records = branches();
    records.lines.shift();
    expect(waysOf(await onlyInstance(records))).toEqual([
      's > a causal',
      's > b causal',
      'a > e causal',
      'b > e causal',
    ]);
  });

  it('are named after the definition also when it comes last', async () => {
    const records = branches();
    const [definition = '', ...others] = records.lines;
    const body = (lines: readonly string[]) => normalised(Buffer.from(lines.join('\n')));
    const first = await instancesOf([body(records.lines)]);
    const last = await instancesOf([body(others.slice(0, 9)), body(others.slice(9)), body([definition])]);
    const told = (found: readonly InstanceDocument[]) =>
      found.map(({ steps, causes }) => [steps.map(({ activity, service }) => [activity, service]), causes]);
    expect(told(last)).toEqual(told(first));
  });

  it('are a step also where only its end was seen', async () => {
    const records = new RecordWriter();
    records.end(records.nextKey(), 'pay', 'SERVICE_TASK');
    expect((await onlyInstance(records)).steps).toMatchObject([{ activity: 'pay', open: false }]);
  });
});

describe('a boundary event', () => {
  it('comes from the activity that it is attached to', async () => {
    const records = new RecordWriter();
    records.deploy(
      bpmnOf(
        'order',
        '<receiveTask id="r" name="Await"/><boundaryEvent id="late" name="Late" attachedToRef="r"/>',
      ),
    );
    records.begin();
    records.start('r', 'RECEIVE_TASK');
    records.at = 5;
    records.pass('late', 'BOUNDARY_EVENT');
    expect(waysOf(await onlyInstance(records))).toEqual(['Await > Late causal']);
  });
});

describe('the inside of a sub-process', () => {
  it('leads on to what follows the sub-process, which is no activity itself', async () => {
    const records = new RecordWriter();
    records.deploy(
      bpmnOf(
        'order',
        `<subProcess id="sub"><startEvent id="i"/><sequenceFlow id="g" sourceRef="i" targetRef="t"/><task id="t"/></subProcess>
         <sequenceFlow id="f" sourceRef="sub" targetRef="e"/><endEvent id="e"/>`,
      ),
    );
    records.begin();
    const sub = records.start('sub', 'SUB_PROCESS');
    const inside = { flowScopeKey: sub };
    records.pass('i', 'START_EVENT', inside);
    records.flow('g', inside);
    records.at = 3;
    records.pass('t', 'TASK', inside);
    records.end(sub, 'sub', 'SUB_PROCESS');
    records.flow('f');
    records.pass('e', 'END_EVENT');
    expect(waysOf(await onlyInstance(records))).toEqual(['i > t causal', 't > e causal']);
  });
});

describe('a process instance', () => {
  it('has failed while an incident is open, and says why', async () => {
    const records = sampleRecords();
    const resolved = records.lines.findIndex((line) => line.includes('"RESOLVED"'));
    records.lines.splice(resolved);
    const { state, lastError } = await onlyInstance(records);
    expect(state).toBe('failed');
    expect(lastError).toMatchObject({ type: 'JOB_NO_RETRIES', message: 'no', service: 'payment' });
  });

  it('that was terminated has failed', async () => {
    const records = sampleRecords();
    records.finish('ELEMENT_TERMINATED');
    const { state, lastError } = await onlyInstance(records);
    expect([state, lastError?.type]).toEqual(['failed', 'TERMINATED']);
  });

  it('that another one called is also part of its caller', async () => {
    const caller = new RecordWriter('order');
    caller.begin();
    const call = caller.start('charge', 'CALL_ACTIVITY');
    const called = new RecordWriter('payment', { instance: (1n << 51n) + 900n, position: 500 });
    const parent = { parentProcessInstanceKey: caller.instance, parentElementInstanceKey: call };
    called.element('ELEMENT_ACTIVATING', 'payment', 'PROCESS', called.instance, parent);
    called.pass('ask bank', 'TASK');
    const found = await instancesOf([normalised(called.body), normalised(caller.body)]);
    const activities = found.map(({ flow, steps }) => [flow, steps.map((step) => step.activity)]);
    expect(activities.sort()).toEqual([
      ['order', ['charge', 'ask bank']],
      ['payment', ['ask bank']],
    ]);
  });
});

describe('with a rule that reads a variable', () => {
  it('all records of the instance and the spans of the same order are one instance', async () => {
    const records = sampleRecords();
    const span = spanEvent('t/1', { keys: { order: ['o-1'] }, at: 50 });
    const found = await instancesOf([{ events: [span] }, normalised(records.body, ORDERS)], ORDERS);
    const orders = found.filter(({ flow }) => flow === 'orders');
    expect(orders).toHaveLength(1);
    expect(orders[0]?.keys).toContain('order:o-1');
    const events = normalised(records.body, ORDERS).events;
    expect(orders[0]?.members.map(({ event }) => event.id).sort()).toEqual(
      [...events, span].map((event) => event.id).sort(),
    );
  });

  it('a traceparent among the variables joins records that carry no key to the trace that it names', async () => {
    const [traceId, spanId] = ['a'.repeat(32), 'b'.repeat(16)];
    const records = new RecordWriter();
    records.begin({ traceparent: `00-${traceId}-${spanId}-01` });
    records.pass('t', 'TASK');
    const span = spanEvent(`${traceId}/${spanId}`, { keys: { order: ['o-2'] } });
    const found = await instancesOf([normalised(records.body, ORDERS), { events: [span] }], ORDERS);
    const order = found.find(({ flow }) => flow === 'orders');
    expect(order?.steps.map((step) => step.activity)).toEqual(['t']);
  });
});
