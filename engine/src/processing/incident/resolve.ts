import { type Key, NO_KEY } from '../../protocol/key.ts';
import { type Command, type ProcessingContext, type Rejection, rejection } from '../context.ts';

/** INCIDENT RESOLVE: lets the element instance, or its job, try again. */
export function resolveIncident(context: ProcessingContext, { key }: Command<'INCIDENT'>): Rejection | void {
  const { state } = context;
  const incident = state.incidents.get(key);
  if (incident === undefined) {
    return rejection(
      'NOT_FOUND',
      `Expected to resolve incident with key '${key}', but no such incident was found`,
    );
  }
  const job = state.jobs.get(incident.jobKey);
  if (incident.jobKey !== NO_KEY && job !== undefined && job.value.retries <= 0) {
    const reason = `Expected to resolve incident with key '${key}', but job with key '${incident.jobKey}' has no retries left`;
    return rejection('INVALID_STATE', reason);
  }
  context.event('INCIDENT', 'RESOLVED', key, incident);
  if (job !== undefined) context.effect({ kind: 'jobsAvailable', type: job.value.type });
  else retryElement(context, incident.elementInstanceKey);
}

function retryElement(context: ProcessingContext, key: Key): void {
  const instance = context.state.elements.get(key);
  if (instance?.state === 'ACTIVATING') {
    context.command('PROCESS_INSTANCE', 'CONTINUE_ACTIVATING_ELEMENT', key, instance.value);
  } else if (instance?.state === 'COMPLETING') {
    context.command('PROCESS_INSTANCE', 'COMPLETE_ELEMENT', key, instance.value);
  }
}
