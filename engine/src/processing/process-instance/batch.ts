import { type Command, type ProcessingContext, type Rejection, rejection } from '../context.ts';
import { activateInstances } from '../element/multi-instance.ts';
import { stepOf } from '../element/step.ts';
import { terminateChildren } from '../element/terminate-children.ts';

/** PROCESS_INSTANCE_BATCH ACTIVATE: goes on with a large multi-instance activity. */
export function activateBatch(
  context: ProcessingContext,
  { key, value }: Command<'PROCESS_INSTANCE_BATCH'>,
): Rejection | void {
  const { batchElementInstanceKey, index } = value;
  const { state } = context;
  const body = state.elements.get(batchElementInstanceKey);
  if (body?.state !== 'ACTIVATED' || state.interruptedScopes.has(batchElementInstanceKey)) {
    const reason = `Expected to activate more instances in '${batchElementInstanceKey}', but it is not active any more`;
    return rejection('INVALID_STATE', reason);
  }
  context.event('PROCESS_INSTANCE_BATCH', 'ACTIVATED', key, value);
  activateInstances(context, stepOf(context, batchElementInstanceKey, body.value), index);
}

/** PROCESS_INSTANCE_BATCH TERMINATE: goes on with the end of a large scope. */
export function terminateBatch(
  context: ProcessingContext,
  { key, value }: Command<'PROCESS_INSTANCE_BATCH'>,
): Rejection | void {
  const { batchElementInstanceKey } = value;
  if (!context.state.elements.has(batchElementInstanceKey)) {
    const reason = `Expected to terminate what is in '${batchElementInstanceKey}', but it is not there`;
    return rejection('NOT_FOUND', reason);
  }
  context.event('PROCESS_INSTANCE_BATCH', 'TERMINATED', key, value);
  terminateChildren(context, batchElementInstanceKey);
}
