import type { Key } from '../../protocol/key.ts';
import type { ElementInstance } from '../../state/tables/elements.ts';
import { type Command, type ProcessingContext, type Rejection, rejection } from '../context.ts';
import { stepOf } from '../element/step.ts';
import { enterPlanned, planEntries } from './enter.ts';

/** PROCESS_INSTANCE_MODIFICATION MODIFY: activates elements, then terminates element instances. */
export function modifyProcessInstance(
  context: ProcessingContext,
  { value }: Command<'PROCESS_INSTANCE_MODIFICATION'>,
): Rejection | void {
  const { processInstanceKey, activateInstructions, terminateInstructions } = value;
  const instance = context.state.elements.get(processInstanceKey);
  if (instance?.value.bpmnElementType !== 'PROCESS') {
    const reason = `Expected to modify process instance but no process instance found with key '${processInstanceKey}'`;
    return rejection('NOT_FOUND', reason);
  }
  const to = `Expected to modify instance of process '${instance.value.bpmnProcessId}', but`;
  if (instance.state !== 'ACTIVATED') {
    return rejection('INVALID_STATE', `${to} it is ${instance.state}`);
  }
  const root = stepOf(context, processInstanceKey, instance.value);
  const plan = planEntries(context, root, activateInstructions);
  if (typeof plan === 'string') return rejection('INVALID_ARGUMENT', `${to} ${plan}`);
  const toTerminate = terminateInstructions.map(({ elementInstanceKey }) => elementInstanceKey);
  for (const key of toTerminate) {
    if (context.state.elements.get(key)?.value.processInstanceKey === processInstanceKey) continue;
    const reason = `${to} element instance '${key}', which is to be terminated, could not be found in it`;
    return rejection('INVALID_ARGUMENT', reason);
  }
  enterPlanned(context, root, plan);
  terminate(context, toTerminate);
  context.event('PROCESS_INSTANCE_MODIFICATION', 'MODIFIED', processInstanceKey, value);
  context.answer('PROCESS_INSTANCE_MODIFICATION', 'MODIFIED', processInstanceKey, value);
}

/** A scope in which nothing is left is terminated too: it has not come to its end. */
function terminate(context: ProcessingContext, keys: readonly Key[]): void {
  const { state } = context;
  const doomed = new Set(keys);
  for (const key of keys) {
    let scopeKey = state.elements.get(key)?.value.flowScopeKey;
    while (scopeKey !== undefined && !doomed.has(scopeKey) && isEmptyWithout(context, scopeKey, doomed)) {
      doomed.add(scopeKey);
      scopeKey = state.elements.get(scopeKey)?.value.flowScopeKey;
    }
  }
  for (const key of doomed) {
    const instance = state.elements.get(key) as ElementInstance; // the caller has found them, scopes have rows
    if (instance.state === 'TERMINATING' || doomed.has(instance.value.flowScopeKey)) continue;
    context.command('PROCESS_INSTANCE', 'TERMINATE_ELEMENT', key, instance.value);
  }
}

function isEmptyWithout({ state }: ProcessingContext, scopeKey: Key, doomed: ReadonlySet<Key>): boolean {
  if (!state.elements.has(scopeKey) || state.takenFlows.of(scopeKey).size > 0) return false;
  return [...state.children.of(scopeKey).keys()].every((key) => doomed.has(key));
}
