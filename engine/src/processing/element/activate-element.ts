import { NO_KEY } from '../../protocol/key.ts';
import type { ElementState } from '../../state/tables/elements.ts';
import { type Command, type ProcessingContext, type Rejection, rejection } from '../context.ts';
import { raiseElementIncident } from '../incident/raise.ts';
import { ElementFailure, type ElementStep } from './behavior.ts';
import { behaviorOf } from './behaviors.ts';
import { canTakeFlows } from './flow.ts';
import { scopeRefusal, stepOf } from './step.ts';
import { subscribeToEvents } from './subscribe.ts';

/**
 * CONTINUE_ACTIVATING_ELEMENT: an element instance that has begun to activate: an incident had stopped it, or it had to be
 * in its scope at once. It may have been terminated while this command was left over, and must not begin again.
 */
export function continueActivatingElement(
  context: ProcessingContext,
  command: Command<'PROCESS_INSTANCE'>,
): Rejection | void {
  const { key } = command;
  if (context.state.elements.has(key)) return activateElement(context, command);
  const reason = `Expected to go on with the activation of element instance '${key}', but it is not there`;
  return rejection('NOT_FOUND', reason);
}

/**
 * ACTIVATE_ELEMENT: a new element instance. Logs of before there was CONTINUE_ACTIVATING_ELEMENT may have it also for one
 * that is there.
 */
export function activateElement(
  context: ProcessingContext,
  command: Command<'PROCESS_INSTANCE'>,
): Rejection | void {
  const { state } = context;
  const key = command.key === NO_KEY ? context.nextKey() : command.key;
  const step = stepOf(context, key, command.value);
  const existing = state.elements.get(key);
  const refusal = scopeRefusal(context, step) ?? refusalOf(context, step, existing?.state);
  if (refusal !== undefined) return rejection('INVALID_STATE', refusal);
  if (existing === undefined) context.event('PROCESS_INSTANCE', 'ELEMENT_ACTIVATING', key, step.value);
  const behavior = behaviorOf(step);
  try {
    checkChain(context);
    const emit = behavior.activate?.(context, step);
    if (!isTriggered(context, step)) subscribeToEvents(context, step);
    emit?.();
    context.event('PROCESS_INSTANCE', 'ELEMENT_ACTIVATED', key, step.value);
    behavior.activated?.(context, step);
  } catch (error) {
    if (!(error instanceof ElementFailure)) throw error;
    raiseElementIncident(context, step, error);
  }
}

function refusalOf(
  context: ProcessingContext,
  { key, value, element }: ElementStep,
  state: ElementState | undefined,
): string | undefined {
  if (state !== undefined) {
    return state === 'ACTIVATING'
      ? undefined
      : `Expected element instance '${key}' to be activating, but it is ${state}`;
  }
  return canTakeFlows(context, value.flowScopeKey, value.takenFlowIds)
    ? undefined
    : `Expected all sequence flows into '${element.id}' to be taken, but not all were`;
}

/** What an event-based gateway has waited for already. */
function isTriggered({ state }: ProcessingContext, { key, element }: ElementStep): boolean {
  return element.elementType === 'INTERMEDIATE_CATCH_EVENT' && state.triggers.of(key).size > 0;
}

function checkChain({ chainLength, limits }: ProcessingContext): void {
  if (chainLength <= limits.chainLengthMax) return;
  const message = `Expected the process instance to wait for something, but it went on for ${chainLength} steps`;
  throw new ElementFailure('STEP_LIMIT_EXCEEDED', `${message}: it may be an endless loop`);
}
