import { NO_KEY } from '../../protocol/key.ts';
import { scopesAndCallersFrom } from '../../state/visible-variables.ts';
import { type Command, type ProcessingContext, type Rejection, rejection } from '../context.ts';

/** PROCESS_INSTANCE CANCEL: terminates everything in it. */
export function cancelProcessInstance(
  context: ProcessingContext,
  { key }: Command<'PROCESS_INSTANCE'>,
): Rejection | void {
  const instance = context.state.elements.get(key);
  if (instance === undefined || instance.value.bpmnElementType !== 'PROCESS') {
    const reason = `Expected to cancel a process instance with key '${key}', but no such process was found`;
    return rejection('NOT_FOUND', reason);
  }
  if (instance.value.parentProcessInstanceKey !== NO_KEY) {
    const root = [...scopesAndCallersFrom(context.state, key)].at(-1);
    const reason = `Expected to cancel a process instance with key '${key}', but it is created by a parent process instance. Cancel the root process instance '${root}' instead.`;
    return rejection('INVALID_STATE', reason);
  }
  if (instance.state === 'TERMINATING') {
    const reason = `Expected to cancel a process instance with key '${key}', but it is being terminated`;
    return rejection('INVALID_STATE', reason);
  }
  context.command('PROCESS_INSTANCE', 'TERMINATE_ELEMENT', key, instance.value);
  context.answer('PROCESS_INSTANCE', 'ELEMENT_TERMINATING', key, instance.value);
}
