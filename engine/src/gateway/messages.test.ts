import { afterEach, expect, test } from 'vitest';
import { chain, element, end, message, messageEvent, start, timer } from '../bpmn/bpmn.testkit.ts';
import { SimulatedDisk } from '../log/simulated-disk.ts';
import { signal, signalEvent, withRoots } from '../processing/events.testkit.ts';
import { partitionOf } from '../protocol/key.ts';
import { messagePartitionOf } from '../protocol/message-partition.ts';
import { type Engine, openEngine } from './engine.ts';

const catching = (id: string, ...definition: string[]) =>
  withRoots(
    [message('m', 'paid', '= order'), signal('s', 'alarm')],
    id,
    start(),
    element('intermediateCatchEvent', { id: 'wait' }, ...definition),
    end(),
    chain('start', 'wait', 'end'),
  );

let engine: Engine;
afterEach(() => engine.close());

async function openWith(partitions: number, ...contents: string[]): Promise<void> {
  engine = openEngine({ directory: '/engine', disk: new SimulatedDisk({ seed: 1 }), partitions });
  await engine.deploy(contents.map((content, index) => ({ name: `${index}.bpmn`, content })));
}

test('a published message completes an instance of any partition, and its variables are in the result', async () => {
  await openWith(3, catching('p', messageEvent('m')));
  for (const order of ['a', 'b', 'c', 'd']) {
    const result = engine.createInstanceWithResult({ bpmnProcessId: 'p', variables: { order } });
    const key = await engine.publishMessage({
      name: 'paid',
      correlationKey: order,
      timeToLiveMs: 60_000,
      variables: { amount: 3 },
    });
    expect(partitionOf(key)).toBe(messagePartitionOf(order, 3));
    expect((await result).variables).toEqual({ order, amount: 3 });
  }
});

test('a message id that is kept is refused with ALREADY_EXISTS', async () => {
  await openWith(1, catching('p', messageEvent('m')));
  const once = { name: 'paid', correlationKey: 'a', timeToLiveMs: 60_000, messageId: 'one' };
  await engine.publishMessage(once);
  await expect(engine.publishMessage(once)).rejects.toMatchObject({
    name: 'EngineError',
    code: 'ALREADY_EXISTS',
  });
  await expect(engine.publishMessage({ name: '' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});

test('a broadcast signal completes instances of all partitions', async () => {
  await openWith(3, catching('p', signalEvent('s')));
  const results = [1, 2, 3].map(() => engine.createInstanceWithResult({ bpmnProcessId: 'p' }));
  await engine.broadcastSignal({ name: 'alarm', variables: { level: 2 } });
  for (const { variables } of await Promise.all(results)) expect(variables).toEqual({ level: 2 });
  await expect(engine.broadcastSignal({ name: '' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});

test('a timer completes an instance by the real clock', async () => {
  await openWith(1, catching('p', timer('timeDuration', 'PT0.01S')));
  expect((await engine.createInstanceWithResult({ bpmnProcessId: 'p' })).variables).toEqual({});
});
