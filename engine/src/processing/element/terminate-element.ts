import type { Key } from '../../protocol/key.ts';
import type { ProcessInstanceValue } from '../../protocol/values/process-instance.ts';
import { ownerOf } from '../../state/tables/elements.ts';
import { type Command, type ProcessingContext, type Rejection, rejection } from '../context.ts';
import { resolveElementIncident } from '../incident/raise.ts';
import { cancelJob } from '../job/cancel.ts';
import { startOfNext } from '../message/start.ts';
import type { ElementStep } from './behavior.ts';
import { behaviorOf } from './behaviors.ts';
import { interruptingTriggerOf } from './boundary-event.ts';
import { endPath } from './flow.ts';
import { continueJoins } from './inclusive-join.ts';
import { tellTermination } from './process.ts';
import { scopeRefusal, stepOf } from './step.ts';
import { unsubscribeFromEvents } from './subscribe.ts';
import { terminateChildren } from './terminate-children.ts';
import { enterTriggeredEvent } from './triggered-event.ts';

/** TERMINATE_ELEMENT: ends an element instance and all inside it, innermost first. Comes again when the last is gone. */
export function terminateElement(
  context: ProcessingContext,
  command: Command<'PROCESS_INSTANCE'>,
): Rejection | void {
  const { key } = command;
  const { state } = context;
  const existing = state.elements.get(key);
  if (existing === undefined) {
    return rejection('NOT_FOUND', `Expected to terminate element instance '${key}', but it is not there`);
  }
  const isBanned = state.bannedInstances.has(existing.value.processInstanceKey);
  const step = isBanned ? undefined : stepOf(context, key, existing.value);
  if (existing.state !== 'TERMINATING') beginTermination(context, key, existing.value, step);
  else if (state.children.of(key).size > 0) {
    const reason = `Expected to terminate element instance '${key}', but it waits for what is inside it to end`;
    return rejection('INVALID_STATE', reason);
  }
  if (state.children.of(key).size > 0) return;
  if (step === undefined) endBanned(context, key, existing.value);
  else endTermination(context, step);
}

/** Without a step, from the state alone: a fault that has banned the instance may come from its definition. */
function beginTermination(
  context: ProcessingContext,
  key: Key,
  value: ProcessInstanceValue,
  step: ElementStep | undefined,
): void {
  context.event('PROCESS_INSTANCE', 'ELEMENT_TERMINATING', key, value);
  if (step === undefined) takeBack(context, key);
  else behaviorOf(step).terminate?.(context, step);
  unsubscribeFromEvents(context, key);
  resolveElementIncident(context, key);
  terminateChildren(context, key);
}

/** What the behaviors of all elements take back when they are terminated. */
function takeBack(context: ProcessingContext, key: Key): void {
  cancelJob(context, key);
  tellTermination(context, key);
}

/** Nothing goes on in a banned instance: its last element instance ends what is around it only where that ends too. */
function endBanned(context: ProcessingContext, key: Key, value: ProcessInstanceValue): void {
  const startNext = startOfNext(context, { key, value });
  context.event('PROCESS_INSTANCE', 'ELEMENT_TERMINATED', key, value);
  startNext();
  const owner = ownerOf(value);
  if (context.state.elements.get(owner)?.state === 'TERMINATING') endPath(context, owner);
}

function endTermination(context: ProcessingContext, step: ElementStep): void {
  const pending =
    scopeRefusal(context, step) === undefined ? interruptingTriggerOf(context, step) : undefined;
  const startNext = startOfNext(context, step);
  context.event('PROCESS_INSTANCE', 'ELEMENT_TERMINATED', step.key, step.value);
  startNext();
  if (pending !== undefined) enterTriggeredEvent(context, step, pending);
  else endPath(context, ownerOf(step.value));
  continueJoins(context, step);
}
