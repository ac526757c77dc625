import { type EvaluationContext, evaluateNumber, evaluateString } from '../../bpmn/expression.ts';
import type { Activity, EndEvent, IntermediateThrowEvent, JobDefinition } from '../../bpmn/model.ts';
import { type Document, EMPTY_DOCUMENT } from '../../protocol/document.ts';
import { withDefaults } from '../../protocol/value-types.ts';
import type { JobValue } from '../../protocol/values/job.ts';
import type { ProcessingContext } from '../context.ts';
import { cancelJob } from '../job/cancel.ts';
import { evaluationContext, valueOrFailure } from '../variable/evaluation.ts';
import { mapInputs } from '../variable/inputs.ts';
import { mapOutputs } from '../variable/outputs.ts';
import { type Behavior, ElementFailure, type ElementStep } from './behavior.ts';

type JobElement = Activity | EndEvent | IntermediateThrowEvent;

/** Headers beside those that the job's definition has. May throw ElementFailure. */
type MoreHeaders<E> = (element: E, evaluation: EvaluationContext) => Readonly<Record<string, string>>;

/** An element that waits for a worker. */
export function jobBehavior<E extends JobElement>(
  definition: (element: E) => JobDefinition,
  moreHeaders?: MoreHeaders<E>,
): Behavior<E> {
  return {
    activate: (context, step) => {
      mapInputs(context, step);
      const { element } = step;
      const job = evaluateJob(context, step, definition(element));
      const more = moreHeaders?.(element, evaluationContext(context, step.key)) ?? {};
      return () => createJob(context, withHeaders(job, definition(element), more));
    },
    complete: mapOutputs,
    terminate: (context, step) => cancelJob(context, step.key),
  };
}

const headersAsText = new WeakMap<JobDefinition, Document>();

function evaluateJob(context: ProcessingContext, step: ElementStep, definition: JobDefinition): JobValue {
  const { value, key } = step;
  const evaluation = evaluationContext(context, key);
  const type = valueOrFailure(evaluateString(definition.type, evaluation));
  const retries = valueOrFailure(evaluateNumber(definition.retries, evaluation));
  if (!Number.isSafeInteger(retries) || retries < 0) {
    throw new ElementFailure(
      'EXTRACT_VALUE_ERROR',
      `Expected retries to be a whole number, but got ${retries}`,
    );
  }
  return withDefaults('JOB', {
    type,
    retries,
    customHeaders: headersOf(definition),
    elementId: value.elementId,
    elementInstanceKey: key,
    bpmnProcessId: value.bpmnProcessId,
    processDefinitionVersion: value.version,
    processDefinitionKey: value.processDefinitionKey,
    processInstanceKey: value.processInstanceKey,
    tenantId: value.tenantId,
  });
}

function createJob(context: ProcessingContext, job: JobValue): void {
  context.event('JOB', 'CREATED', context.nextKey(), job);
  context.effect({ kind: 'jobsAvailable', type: job.type });
}

function withHeaders(
  job: JobValue,
  { headers }: JobDefinition,
  more: Readonly<Record<string, string>>,
): JobValue {
  if (Object.keys(more).length === 0) return job;
  return { ...job, customHeaders: JSON.stringify({ ...headers, ...more }) as Document };
}

function headersOf(definition: JobDefinition): Document {
  if (Object.keys(definition.headers).length === 0) return EMPTY_DOCUMENT;
  const known = headersAsText.get(definition);
  if (known !== undefined) return known;
  const text = JSON.stringify(definition.headers) as Document;
  headersAsText.set(definition, text);
  return text;
}
