import { z } from 'zod';
import { type Key, parseKey } from '../../protocol/key.ts';

/**
 * The outside of the REST gateway: every request's and answer's shape, once. Validation, routes and OpenAPI come from
 * here. Keys are strings, because they are larger than what JSON readers keep; times and durations are milliseconds.
 */

/** A key in a request: `2251799813685249`, or `1-1` as people see it. */
export const KeyParameter = z
  .string()
  .refine((text) => parseKey(text) !== undefined, { message: 'to be a key such as 2251799813685249' })
  .transform((text) => parseKey(text) as Key) // it was refused before if it is none
  .meta({ id: 'Key', description: 'a key as a decimal numeral, or `partition-number`', type: 'string' });

const key = z.string().regex(/^\d+$/).meta({ description: 'a key as a decimal numeral' });
const name = z.string().min(1).max(1000);
const wholeFrom = (min: number, max = Number.MAX_SAFE_INTEGER) => z.int().min(min).max(max);

/** Not taken apart here: the engine says what it does not take. */
const variables = z
  .custom<Readonly<Record<string, unknown>>>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    { message: 'to be a JSON object' },
  )
  .meta({ type: 'object', additionalProperties: true, description: 'a JSON object' });

const errorMessage = z.string().max(100_000);
/** A minute more than most proxies would wait. */
const waitMs = wholeFrom(0, 600_000);

export const DeployRequest = z
  .strictObject({
    resources: z
      .array(z.strictObject({ name, content: z.string().meta({ description: 'BPMN 2.0 XML' }) }))
      .min(1)
      .max(1000),
  })
  .meta({ id: 'DeployRequest' });

export const Deployment = z
  .object({
    key,
    processes: z.array(
      z.object({
        bpmnProcessId: z.string(),
        version: z.int(),
        processDefinitionKey: key,
        resourceName: z.string(),
        isDuplicate: z.boolean(),
      }),
    ),
  })
  .meta({ id: 'Deployment' });

const creation = {
  bpmnProcessId: name.exactOptional(),
  version: wholeFrom(1).exactOptional().meta({ description: 'without: the latest' }),
  processDefinitionKey: KeyParameter.exactOptional().meta({
    description: 'instead of process id and version',
  }),
  variables: variables.exactOptional(),
  startAt: z
    .array(name)
    .max(1000)
    .exactOptional()
    .meta({ description: 'ids of elements to begin with, instead of the start event' }),
};
export const CreateInstanceRequest = z.strictObject(creation).meta({ id: 'CreateInstanceRequest' });

export const AwaitInstanceRequest = z
  .strictObject({
    ...creation,
    waitMs: waitMs.exactOptional().meta({ description: 'how long to wait for its end; default 30,000' }),
  })
  .meta({ id: 'AwaitInstanceRequest' });

const SetVariables = z.strictObject({
  elementId: name.exactOptional().meta({ description: 'whose scope; without: of the instance' }),
  variables,
});
export const ModifyInstanceRequest = z
  .strictObject({
    activate: z
      .array(
        z.strictObject({
          elementId: name,
          ancestorScopeKey: KeyParameter.exactOptional().meta({
            description: 'the element instance inside of which it is to be, where there are several',
          }),
          variables: z.array(SetVariables).max(1000).exactOptional(),
        }),
      )
      .max(1000)
      .exactOptional(),
    terminate: z
      .array(KeyParameter)
      .max(1000)
      .exactOptional()
      .meta({ description: 'keys of element instances' }),
  })
  .meta({ id: 'ModifyInstanceRequest' });

export const MigrateInstanceRequest = z
  .strictObject({
    targetProcessDefinitionKey: KeyParameter,
    mapping: z
      .array(z.strictObject({ sourceElementId: name, targetElementId: name }))
      .max(10_000)
      .meta({ description: 'for each element that is active in the instance' }),
  })
  .meta({ id: 'MigrateInstanceRequest' });

export const CreatedInstance = z
  .object({
    processInstanceKey: key,
    bpmnProcessId: z.string(),
    version: z.int(),
    processDefinitionKey: key,
  })
  .meta({ id: 'CreatedInstance' });
export const InstanceResult = CreatedInstance.extend({ variables }).meta({ id: 'InstanceResult' });

const activation = {
  type: name,
  maxJobs: wholeFrom(1, 10_000),
  timeoutMs: wholeFrom(1).meta({ description: 'for how long the worker has the jobs' }),
  worker: z.string().max(1000).exactOptional(),
};
export const StreamJobsRequest = z.strictObject(activation).meta({ id: 'StreamJobsRequest' });
export const ActivateJobsRequest = z
  .strictObject({
    ...activation,
    waitMs: waitMs.exactOptional().meta({ description: 'how long to wait for a first job; default 0' }),
  })
  .meta({ id: 'ActivateJobsRequest' });

export const ActivatedJob = z
  .object({
    key,
    type: z.string(),
    processInstanceKey: key,
    bpmnProcessId: z.string(),
    processDefinitionVersion: z.int(),
    processDefinitionKey: key,
    elementId: z.string(),
    elementInstanceKey: key,
    customHeaders: z.record(z.string(), z.string()),
    worker: z.string(),
    retries: z.int(),
    deadlineMs: z.int(),
    variables,
  })
  .meta({ id: 'ActivatedJob' });
export const ActivatedJobs = z.object({ jobs: z.array(ActivatedJob) }).meta({ id: 'ActivatedJobs' });

export const CompleteJobRequest = z
  .strictObject({ variables: variables.exactOptional() })
  .meta({ id: 'CompleteJobRequest' });
export const CompleteJobsRequest = z
  .strictObject({
    jobs: z
      .array(z.strictObject({ jobKey: KeyParameter, variables: variables.exactOptional() }))
      .min(1)
      .max(1000),
  })
  .meta({ id: 'CompleteJobsRequest' });
export const FailJobRequest = z
  .strictObject({
    retries: wholeFrom(0, 2 ** 31 - 1).meta({ description: 'how often it can be tried again' }),
    retryBackoffMs: wholeFrom(0).exactOptional(),
    errorMessage: errorMessage.exactOptional(),
    variables: variables.exactOptional(),
  })
  .meta({ id: 'FailJobRequest' });
export const ThrowErrorRequest = z
  .strictObject({
    errorCode: name,
    errorMessage: errorMessage.exactOptional(),
    variables: variables.exactOptional(),
  })
  .meta({ id: 'ThrowErrorRequest' });
export const RetriesRequest = z
  .strictObject({ retries: wholeFrom(1, 2 ** 31 - 1) })
  .meta({ id: 'RetriesRequest' });
export const TimeoutRequest = z.strictObject({ timeoutMs: wholeFrom(1) }).meta({ id: 'TimeoutRequest' });

export const PublishMessageRequest = z
  .strictObject({
    name,
    correlationKey: z.string().max(10_000).exactOptional(),
    timeToLiveMs: wholeFrom(0).exactOptional(),
    messageId: z.string().max(10_000).exactOptional(),
    variables: variables.exactOptional(),
  })
  .meta({ id: 'PublishMessageRequest' });
export const BroadcastSignalRequest = z
  .strictObject({ name, variables: variables.exactOptional() })
  .meta({ id: 'BroadcastSignalRequest' });
export const SetVariablesRequest = z
  .strictObject({
    variables,
    isLocal: z
      .boolean()
      .exactOptional()
      .meta({ description: 'all in this scope; else each in the nearest scope that has it' }),
  })
  .meta({ id: 'SetVariablesRequest' });

export const KeyAnswer = z.object({ key }).meta({ id: 'KeyAnswer' });

const partitionState = z
  .enum(['open', 'reopening', 'failed'])
  .meta({ description: '`reopening`: failed, will be opened again by itself; `failed`: by request only' });
const failure = z
  .object({
    reason: z.string(),
    attempts: z.int().meta({ description: 'to open it again by itself, in a row' }),
    retryAfterMs: z.int().optional().meta({ description: 'until the next attempt; without: there is none' }),
  })
  .meta({ id: 'PartitionFailure' });

export const Topology = z
  .object({
    partitions: z.array(
      z.object({
        partitionId: z.int(),
        state: partitionState,
        inFlight: z.int().meta({ description: 'requests that are not answered yet' }),
        failure: failure.exactOptional().meta({ description: 'where it is not open' }),
      }),
    ),
    exporters: z.array(
      z.object({
        partitionId: z.int(),
        id: z.string(),
        position: z.int().meta({ description: 'the last record that it has made safe; 0 for none' }),
        lagBytes: z.int(),
        failures: z.int().meta({ description: 'in a row; 0 while it works' }),
        lastError: z.string().optional(),
        refused: z.int().meta({ description: 'records that its destination refused for good' }),
      }),
    ),
  })
  .meta({ id: 'Topology' });

export const ReopenRequest = z.strictObject({ partitionId: wholeFrom(1) }).meta({ id: 'ReopenRequest' });

export const Health = z
  .object({
    status: z
      .enum(['ok', 'reopening', 'failed'])
      .meta({ description: 'the worst of the partitions: `failed` needs somebody to look after it' }),
    partitions: z
      .array(z.object({ partitionId: z.int(), state: partitionState, failure: failure.exactOptional() }))
      .meta({ description: 'those that are not open' }),
  })
  .meta({ id: 'Health' });

export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: '“Expected … but …”' }),
    code: z.string().meta({ description: "the engine's code, for programs" }),
    field: z.string().optional().meta({ description: 'what in the request is wrong' }),
    retryAfterMs: z.int().optional().meta({ description: 'try again after this; 429: nothing was done' }),
  })
  .meta({ id: 'EngineProblem' });
export type Problem = z.infer<typeof Problem>;

export const CompletedJobs = z
  .object({
    refused: z
      .array(z.object({ index: z.int().meta({ description: 'in the list; from 0 on' }), problem: Problem }))
      .meta({ description: 'those that were not completed, and why; all others are' }),
  })
  .meta({ id: 'CompletedJobs' });
