/** What the tests of messages, timers and signals have in common. */
import { expect } from 'vitest';
import { definitions, element, type Xml } from '../bpmn/bpmn.testkit.ts';
import { documentOf } from '../protocol/document.ts';
import { NO_KEY } from '../protocol/key.ts';
import { messagePartitionOf } from '../protocol/message-partition.ts';
import type { MessageValue } from '../protocol/values/message.ts';
import { dumpState } from '../state/dump.testkit.ts';
import { TestCluster, type TestClusterOptions } from '../stream/cluster.testkit.ts';
import type { Reply } from '../stream/partition.ts';

/** One process with the messages, signals and errors that it refers to. */
export function withRoots(roots: readonly Xml[], id: string, ...flowElements: readonly Xml[]): Xml {
  return definitions(...roots, element('process', { id, isExecutable: 'true' }, ...flowElements));
}

export function signal(id: string, name: string): Xml {
  return element('signal', { id, name });
}

export function signalEvent(signalRef: string): Xml {
  return element('signalEventDefinition', { signalRef });
}

export async function clusterWith(
  xml: Xml | readonly Xml[],
  options: TestClusterOptions = {},
): Promise<TestCluster> {
  const cluster = new TestCluster(options);
  const reply = await cluster.deploy(...(typeof xml === 'string' ? [xml] : xml));
  expect(reply?.kind).toMatch(/done|outcome/);
  return cluster;
}

/** Publishes on the partition of the key. */
export function publish(
  cluster: TestCluster,
  name: string,
  correlationKey: string,
  fields: Partial<MessageValue> & { readonly with?: object } = {},
): Promise<Reply | undefined> {
  const { with: variables = {}, ...rest } = fields;
  const value = { name, correlationKey, timeToLive: 0, variables: documentOf(variables, 1e6), ...rest };
  const partitionId = messagePartitionOf(correlationKey, cluster.partitions.length);
  return cluster.request('MESSAGE', 'PUBLISH', NO_KEY, value, partitionId);
}

export function broadcast(
  cluster: TestCluster,
  signalName: string,
  variables: object = {},
  partitionId = 1,
): Promise<Reply | undefined> {
  const value = { signalName, variables: documentOf(variables, 1e6) };
  return cluster.request('SIGNAL', 'BROADCAST', NO_KEY, value, partitionId);
}

/** Tables that hold definitions, or what may be kept longer than an instance. */
const LASTING = ['processes', 'processVersions', 'latestVersions', 'receivedSignals'];

/** No partition has anything left of instances, messages and subscriptions. */
export function expectNothingLeft(cluster: TestCluster, lasting: readonly string[] = []): void {
  for (const { state } of cluster.partitions) {
    const dump = dumpState(state);
    for (const name of [...LASTING, ...lasting]) delete dump[name];
    expect(dump).toEqual({});
  }
}

/** Value of the variable in the outermost scope, as its last event has set it. */
export function variableOf(cluster: TestCluster, name: string): unknown {
  const last = cluster.records.findLast(
    (record) =>
      record.recordType === 'EVENT' && record.valueType === 'VARIABLE' && record.value.name === name,
  );
  return last?.valueType === 'VARIABLE' ? JSON.parse(last.value.value) : undefined;
}
