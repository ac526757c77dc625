import type { Schedule } from '../../bpmn/timer.ts';
import type { Key } from '../../protocol/key.ts';
import type { TimerValue } from '../../protocol/values/timer.ts';
import type { ProcessingContext } from '../context.ts';

type TimerOwner = Pick<
  TimerValue,
  'elementInstanceKey' | 'processInstanceKey' | 'processDefinitionKey' | 'tenantId'
>;

/** A timer that an element instance waits for, or that starts instances. `cycle` is what it repeats by, or empty. */
export function createTimer(
  context: ProcessingContext,
  owner: TimerOwner,
  targetElementId: string,
  { dueMs, repetitions }: Schedule,
  cycle: string,
): void {
  context.event('TIMER', 'CREATED', context.nextKey(), {
    elementInstanceKey: owner.elementInstanceKey,
    processInstanceKey: owner.processInstanceKey,
    dueDate: dueMs,
    targetElementId,
    repetitions,
    processDefinitionKey: owner.processDefinitionKey,
    tenantId: owner.tenantId,
    cycle,
  });
}

/** Cancels the timers of an element instance or of a process definition, for events that the filter names. */
export function cancelTimers(
  context: ProcessingContext,
  ownerKey: Key,
  isMeant: (elementId: string) => boolean,
): void {
  for (const key of [...context.state.timersOf.of(ownerKey).keys()]) {
    const timer = context.state.timers.get(key);
    if (timer !== undefined && isMeant(timer.targetElementId)) context.event('TIMER', 'CANCELED', key, timer);
  }
}
