import type { Command, ProcessingContext, Rejection } from '../context.ts';
import { addTrigger } from '../element/trigger.ts';
import { findJob } from './find.ts';

/** JOB COMPLETE: by the worker that has it, or one that had it and was late. */
export function completeJob(context: ProcessingContext, command: Command<'JOB'>): Rejection | void {
  const job = findJob(context, command.key, 'complete', ['ACTIVATED', 'ACTIVATABLE']);
  if ('reason' in job) return job;
  const { variables } = command.value;
  context.event('JOB', 'COMPLETED', command.key, { ...job.value, variables });
  const { elementInstanceKey, elementId } = job.value;
  const instance = context.state.elements.get(elementInstanceKey);
  if (instance?.state !== 'ACTIVATED') return;
  addTrigger(context, elementInstanceKey, instance.value, elementId, variables);
  context.command('PROCESS_INSTANCE', 'COMPLETE_ELEMENT', elementInstanceKey, instance.value);
}
