import { nextSchedule } from '../../bpmn/timer.ts';
import { EMPTY_DOCUMENT } from '../../protocol/document.ts';
import { NO_KEY } from '../../protocol/key.ts';
import type { TimerValue } from '../../protocol/values/timer.ts';
import { type Command, type ProcessingContext, type Rejection, rejection } from '../context.ts';
import { canTrigger, triggerEvent } from '../element/trigger-event.ts';
import { startInstance } from '../process-instance/start.ts';
import { createTimer } from './create.ts';

/** TIMER TRIGGER: its time has come. One whose element can't go on with it any more ends without effect. */
export function triggerTimer(context: ProcessingContext, { key }: Command<'TIMER'>): Rejection | void {
  const timer = context.state.timers.get(key);
  if (timer === undefined) {
    const reason = `Expected to trigger timer with key '${key}', but no such timer was found`;
    return rejection('NOT_FOUND', reason);
  }
  const { elementInstanceKey, processDefinitionKey, targetElementId } = timer;
  context.event('TIMER', 'TRIGGERED', key, timer);
  if (elementInstanceKey === NO_KEY) {
    startInstance(context, context.nextKey(), processDefinitionKey, targetElementId, EMPTY_DOCUMENT);
  } else {
    if (!canTrigger(context, elementInstanceKey, targetElementId)) return;
    triggerEvent(context, elementInstanceKey, targetElementId, EMPTY_DOCUMENT);
  }
  repeat(context, timer);
}

function repeat(context: ProcessingContext, timer: TimerValue): void {
  if (timer.cycle === '') return;
  const fired = { dueMs: timer.dueDate, repetitions: timer.repetitions };
  const next = nextSchedule(timer.cycle, fired, context.nowMs);
  if (!next.ok || next.value === undefined) return; // the cycle was valid: at most it leaves the calendar
  createTimer(context, timer, timer.targetElementId, next.value, timer.cycle);
}
