import { type Key, NO_KEY } from '../../protocol/key.ts';
import type { IncidentErrorType } from '../../protocol/values/incident.ts';
import type { ProcessInstanceValue } from '../../protocol/values/process-instance.ts';
import type { ProcessingContext } from '../context.ts';
import type { ElementFailure, ElementStep } from '../element/behavior.ts';
import { pathOf } from './path.ts';

/** Notes that the element instance can't go on. */
export function raiseElementIncident(
  context: ProcessingContext,
  { key, value }: ElementStep,
  failure: ElementFailure,
): void {
  raiseIncident(context, key, value, NO_KEY, failure.errorType, failure.message);
}

/** Notes that the job of an element instance can't go on. */
export function raiseJobIncident(
  context: ProcessingContext,
  jobKey: Key,
  errorType: IncidentErrorType,
  errorMessage: string,
): void {
  const elementInstanceKey = context.state.jobs.get(jobKey)?.value.elementInstanceKey ?? NO_KEY;
  const instance = context.state.elements.get(elementInstanceKey);
  if (instance === undefined) return;
  raiseIncident(context, elementInstanceKey, instance.value, jobKey, errorType, errorMessage);
}

/** For an element instance that goes: its incident, if any, is no more. */
export function resolveElementIncident(context: ProcessingContext, elementInstanceKey: Key): void {
  const key = context.state.elementIncidents.get(elementInstanceKey);
  const incident = key === undefined ? undefined : context.state.incidents.get(key);
  if (key !== undefined && incident !== undefined) context.event('INCIDENT', 'RESOLVED', key, incident);
}

function raiseIncident(
  context: ProcessingContext,
  elementInstanceKey: Key,
  value: ProcessInstanceValue,
  jobKey: Key,
  errorType: IncidentErrorType,
  errorMessage: string,
): void {
  context.event('INCIDENT', 'CREATED', context.nextKey(), {
    errorType,
    errorMessage,
    bpmnProcessId: value.bpmnProcessId,
    processDefinitionKey: value.processDefinitionKey,
    processInstanceKey: value.processInstanceKey,
    elementId: value.elementId,
    elementInstanceKey,
    jobKey,
    variableScopeKey: elementInstanceKey,
    ...pathOf(context, elementInstanceKey),
    tenantId: value.tenantId,
  });
}
