import type { Key } from '../../protocol/key.ts';
import type { ProcessingContext } from '../context.ts';
import type { ElementStep } from './behavior.ts';
import { flowNodeOf, valueInside } from './step.ts';
import { moveTrigger, type PendingTrigger } from './trigger.ts';

/**
 * Goes on at the event that has happened: in the scope around the element instance that waited, or in the given one. It
 * is in the scope at once, so that the scope does not end before it.
 */
export function enterTriggeredEvent(
  context: ProcessingContext,
  waited: ElementStep,
  pending: PendingTrigger,
  flowScopeKey: Key = waited.value.flowScopeKey,
): void {
  const event = flowNodeOf(waited, pending.trigger.targetElementId);
  const key = context.nextKey();
  const value = valueInside(waited.value, flowScopeKey, event);
  moveTrigger(context, waited, pending, key);
  context.event('PROCESS_INSTANCE', 'ELEMENT_ACTIVATING', key, value);
  context.event('PROCESS_INSTANCE', 'ELEMENT_ACTIVATED', key, value);
  context.command('PROCESS_INSTANCE', 'COMPLETE_ELEMENT', key, value);
}
