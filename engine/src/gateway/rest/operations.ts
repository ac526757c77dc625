import type { Key } from '../../protocol/key.ts';
import type { Engine } from '../engine.ts';
import { EngineError } from '../engine-error.ts';
import type { CreatedInstance, CreateInstance, InstanceResult, Variables } from '../requests.ts';
import { presentPartitions } from './health.ts';
import { jobOperations } from './job-operations.ts';
import { type Operation, operation } from './operation.ts';
import { HttpProblem } from './problem.ts';
import * as Api from './schema.ts';

const RESULT_WAIT_MS = 30_000;

/** Everything that the gateway offers but streams and the description of itself. A new one is an entry here. */
export const operations: readonly Operation[] = [
  operation(
    'post',
    '/deployments',
    'Deploy BPMN files; also one file as `application/xml` with `?name=`',
    { body: Api.DeployRequest, answer: Api.Deployment },
    async ({ engine, body }) => {
      const { key, processes } = await engine.deploy(body.resources);
      const presented = processes.map(({ processDefinitionKey, ...process }) => ({
        ...process,
        processDefinitionKey: String(processDefinitionKey),
      }));
      return { key: String(key), processes: presented };
    },
  ),
  operation(
    'post',
    '/process-instances',
    'Create an instance by process id or definition key',
    {
      body: Api.CreateInstanceRequest,
      answer: Api.CreatedInstance,
      refusals: ['NOT_FOUND', 'INVALID_STATE'],
    },
    async ({ engine, body, traced }) => {
      const request = creationOf({ ...body, variables: traced(body.variables) });
      return presentInstance(await engine.createInstance(request));
    },
  ),
  operation(
    'post',
    '/process-instances/with-result',
    'Create an instance and wait for its end and variables',
    {
      body: Api.AwaitInstanceRequest,
      answer: Api.InstanceResult,
      refusals: ['NOT_FOUND', 'INVALID_STATE', 'TERMINATED', 'TIMEOUT'],
    },
    async ({ engine, body: { waitMs = RESULT_WAIT_MS, ...body }, scheduler, traced }) => {
      const request = creationOf({ ...body, variables: traced(body.variables) });
      let cancel = () => {};
      const late = new Promise<never>((_, reject) => {
        cancel = scheduler.after(waitMs, () => reject(tooLate(waitMs)));
      });
      try {
        const result: InstanceResult = await Promise.race([engine.createInstanceWithResult(request), late]);
        return { ...presentInstance(result), variables: result.variables };
      } finally {
        cancel();
      }
    },
  ),
  operation(
    'post',
    '/process-instances/{processInstanceKey}/cancel',
    'Cancel an instance',
    { body: undefined, answer: undefined, refusals: ['NOT_FOUND', 'INVALID_STATE'] },
    ({ engine, key }) => engine.cancelInstance(key),
  ),
  operation(
    'post',
    '/process-instances/{processInstanceKey}/modify',
    'Move the tokens of an instance: activate elements, terminate element instances',
    {
      body: Api.ModifyInstanceRequest,
      answer: undefined,
      refusals: ['NOT_FOUND', 'INVALID_STATE'],
    },
    ({ engine, key, body }) => engine.modifyInstance(key, body),
  ),
  operation(
    'post',
    '/process-instances/{processInstanceKey}/migrate',
    'Let an instance go on as one of another process definition',
    {
      body: Api.MigrateInstanceRequest,
      answer: undefined,
      refusals: ['NOT_FOUND', 'INVALID_STATE'],
    },
    ({ engine, key, body }) => engine.migrateInstance(key, body),
  ),
  operation(
    'put',
    '/element-instances/{elementInstanceKey}/variables',
    'Set variables of an element instance or a process instance',
    { body: Api.SetVariablesRequest, answer: undefined, refusals: ['NOT_FOUND'] },
    ({ engine, key, body: { variables, ...options } }) => engine.setVariables(key, variables, options),
  ),
  ...jobOperations,
  operation(
    'post',
    '/messages',
    'Publish a message',
    { body: Api.PublishMessageRequest, answer: Api.KeyAnswer, refusals: ['ALREADY_EXISTS'] },
    async ({ engine, body, traced }) => {
      const key = await engine.publishMessage({ ...body, variables: traced(body.variables) });
      return { key: String(key) };
    },
  ),
  operation(
    'post',
    '/signals',
    'Broadcast a signal',
    { body: Api.BroadcastSignalRequest, answer: Api.KeyAnswer },
    async ({ engine, body, traced }) => {
      const key = await engine.broadcastSignal({ ...body, variables: traced(body.variables) });
      return { key: String(key) };
    },
  ),
  operation(
    'post',
    '/incidents/{incidentKey}/resolve',
    'Let what is stuck at an incident try again',
    { body: undefined, answer: undefined, refusals: ['NOT_FOUND', 'INVALID_STATE'] },
    ({ engine, key }) => engine.resolveIncident(key),
  ),
  operation(
    'get',
    '/topology',
    'The partitions and exporters and how they do',
    { body: undefined, answer: Api.Topology },
    ({ engine }) => ({
      partitions: presentPartitions(engine),
      exporters: [...engine.exporters],
    }),
  ),
  operation(
    'post',
    '/partitions/reopen',
    'Open a partition that has failed, now',
    { body: Api.ReopenRequest, answer: undefined, refusals: ['NOT_FOUND'] },
    ({ engine, body: { partitionId } }) => reopen(engine, partitionId),
  ),
];

async function reopen(engine: Engine, partitionId: number): Promise<void> {
  if (!engine.partitions.some((partition) => partition.partitionId === partitionId)) {
    const detail = `Expected one of the partitions 1 to ${engine.partitions.length}, but got ${partitionId}`;
    throw new HttpProblem('NOT_FOUND', detail, { field: 'partitionId' });
  }
  try {
    await engine.reopen(partitionId);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new EngineError('UNAVAILABLE', `Expected the partition to open, but ${why}`, { cause: error });
  }
}

type Creation = {
  readonly bpmnProcessId?: string;
  readonly version?: number;
  readonly processDefinitionKey?: Key;
  readonly variables: Variables;
  readonly startAt?: readonly string[];
};

function creationOf({ bpmnProcessId, version, processDefinitionKey, ...others }: Creation): CreateInstance {
  if ((bpmnProcessId === undefined) === (processDefinitionKey === undefined)) {
    const got = bpmnProcessId === undefined ? 'neither' : 'both';
    const message = `Expected 'bpmnProcessId' or 'processDefinitionKey', but got ${got}`;
    throw new EngineError('INVALID_ARGUMENT', message);
  }
  if (processDefinitionKey !== undefined) {
    if (version === undefined) return { processDefinitionKey, ...others };
    const detail = "Expected 'version' with 'bpmnProcessId' only, but got it with 'processDefinitionKey'";
    throw new HttpProblem('INVALID_ARGUMENT', detail, { field: 'version' });
  }
  const which = { bpmnProcessId: bpmnProcessId ?? '', ...others };
  return version === undefined ? which : { ...which, version };
}

function presentInstance(instance: CreatedInstance) {
  const { processInstanceKey, bpmnProcessId, version, processDefinitionKey } = instance;
  return {
    processInstanceKey: String(processInstanceKey),
    bpmnProcessId,
    version,
    processDefinitionKey: String(processDefinitionKey),
  };
}

function tooLate(waitMs: number): HttpProblem {
  const detail = `Expected the process instance to complete within ${waitMs} ms, but it has not; it goes on`;
  return new HttpProblem('TIMEOUT', detail);
}
