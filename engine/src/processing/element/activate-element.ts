import { NO_KEY } from '../../protocol/key.ts';
import { type Command, type ProcessingContext, type Rejection, rejection } from '../context.ts';
import { raiseElementIncident } from '../incident/raise.ts';
import { ElementFailure, type ElementStep } from './behavior.ts';
import { behaviorOf } from './behaviors.ts';
import { canTakeFlows } from './flow.ts';
import { stepOf } from './step.ts';

/** ACTIVATE_ELEMENT: a new element instance, or one whose activation an incident has stopped. */
export function activateElement(
  context: ProcessingContext,
  command: Command<'PROCESS_INSTANCE'>,
): Rejection | void {
  const { state } = context;
  const key = command.key === NO_KEY ? context.nextKey() : command.key;
  const step = stepOf(context, key, command.value);
  const existing = state.elements.get(key);
  if (existing === undefined) {
    const refusal = refusalOf(context, step);
    if (refusal !== undefined) return rejection('INVALID_STATE', refusal);
    context.event('PROCESS_INSTANCE', 'ELEMENT_ACTIVATING', key, step.value);
  } else if (existing.state !== 'ACTIVATING') {
    const reason = `Expected element instance '${key}' to be activating, but it is ${existing.state}`;
    return rejection('INVALID_STATE', reason);
  }
  const behavior = behaviorOf(step.element);
  try {
    checkChain(context);
    behavior.activate?.(context, step);
    context.event('PROCESS_INSTANCE', 'ELEMENT_ACTIVATED', key, step.value);
    behavior.activated?.(context, step);
  } catch (error) {
    if (!(error instanceof ElementFailure)) throw error;
    raiseElementIncident(context, step, error);
  }
}

function refusalOf(context: ProcessingContext, { value, element }: ElementStep): string | undefined {
  if (value.flowScopeKey === NO_KEY) return undefined;
  const scope = context.state.elements.get(value.flowScopeKey);
  if (scope === undefined) {
    return `Expected flow scope '${value.flowScopeKey}' of element '${element.id}' to be active, but it is not there`;
  }
  if (scope.state !== 'ACTIVATED') {
    return `Expected flow scope '${value.flowScopeKey}' of element '${element.id}' to be active, but it is ${scope.state}`;
  }
  if (!canTakeFlows(context, value.flowScopeKey, value.takenFlowIds)) {
    return `Expected all sequence flows into '${element.id}' to be taken, but not all were`;
  }
  return undefined;
}

function checkChain({ chainLength, limits }: ProcessingContext): void {
  if (chainLength <= limits.chainLengthMax) return;
  const message = `Expected the process instance to wait for something, but it went on for ${chainLength} batches of steps`;
  throw new ElementFailure('STEP_LIMIT_EXCEEDED', `${message}: it may be an endless loop`);
}
