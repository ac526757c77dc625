/** How a process begins by itself: subscriptions and timers of its newest version alone. */
import {
  type EvaluationContext,
  evaluateString,
  evaluateTimerText,
  type Outcome,
} from '../../bpmn/expression.ts';
import type { ExecutableProcess, StartEvent } from '../../bpmn/model.ts';
import { firstSchedule, type Schedule } from '../../bpmn/timer.ts';
import { type Key, NO_KEY } from '../../protocol/key.ts';
import { withDefaults } from '../../protocol/value-types.ts';
import type { ProcessMetadata } from '../../protocol/values/deployment.ts';
import type { ProcessingContext } from '../context.ts';
import { stopAwaitingSignals } from '../signal/subscribe.ts';
import { cancelTimers, createTimer } from '../timer/create.ts';

/** Why the process can't begin at one of its start events; undefined: it can. */
export function startProblemOf(context: ProcessingContext, process: ExecutableProcess): string | undefined {
  for (const event of startEventsOf(process)) {
    const outcome = evaluate(context, event);
    if (!outcome.ok) return `start event '${event.id}': ${outcome.message}`;
  }
  return undefined;
}

/** Ends what starts the version that was the newest. */
export function closeStartEvents(context: ProcessingContext, processDefinitionKey: Key): void {
  const { messageStarts, messageStartsOf } = context.state;
  for (const [key, name] of [...messageStartsOf.of(processDefinitionKey)]) {
    const subscription = messageStarts.get(name, key);
    if (subscription !== undefined)
      context.event('MESSAGE_START_EVENT_SUBSCRIPTION', 'DELETED', key, subscription);
  }
  cancelTimers(context, processDefinitionKey, () => true);
  stopAwaitingSignals(context, processDefinitionKey, () => true);
}

/** Lets messages, signals and, on one partition only, timers start the version, which is the newest. */
export function openStartEvents(
  context: ProcessingContext,
  process: ExecutableProcess,
  { processDefinitionKey, bpmnProcessId, tenantId }: ProcessMetadata,
  withTimers: boolean,
): void {
  for (const event of startEventsOf(process)) {
    const outcome = evaluate(context, event);
    if (!outcome.ok) throw new Error(outcome.message); // startProblemOf has refused it
    const start = outcome.value;
    if (start.kind === 'message') {
      const value = withDefaults('MESSAGE_START_EVENT_SUBSCRIPTION', {
        processDefinitionKey,
        messageName: start.name,
        startEventId: event.id,
        bpmnProcessId,
        tenantId,
      });
      context.event('MESSAGE_START_EVENT_SUBSCRIPTION', 'CREATED', context.nextKey(), value);
    } else if (start.kind === 'signal') {
      context.event('SIGNAL_SUBSCRIPTION', 'CREATED', context.nextKey(), {
        processDefinitionKey,
        signalName: start.name,
        catchEventId: event.id,
        bpmnProcessId,
        catchEventInstanceKey: NO_KEY,
        tenantId,
      });
    } else if (withTimers) {
      const owner = {
        elementInstanceKey: NO_KEY,
        processInstanceKey: NO_KEY,
        processDefinitionKey,
        tenantId,
      };
      createTimer(context, owner, event.id, start.schedule, start.cycle);
    }
  }
}

type Start =
  | { readonly kind: 'message'; readonly name: string }
  | { readonly kind: 'signal'; readonly name: string }
  | { readonly kind: 'timer'; readonly schedule: Schedule; readonly cycle: string };

function startEventsOf(process: ExecutableProcess): StartEvent[] {
  return process.root.startEventIds.flatMap((id) => {
    const event = process.elements.get(id);
    return event?.elementType === 'START_EVENT' && event.definition.kind !== 'none' ? [event] : [];
  });
}

function evaluate({ nowMs }: ProcessingContext, { definition }: StartEvent): Outcome<Start> {
  const evaluation: EvaluationContext = { nowMs, variable: () => undefined };
  if (definition.kind === 'message' || definition.kind === 'signal') {
    const name = evaluateString(definition.name, evaluation);
    return name.ok ? { ok: true, value: { kind: definition.kind, name: name.value } } : name;
  }
  if (definition.kind !== 'timer') return { ok: false, message: 'it can not start a process' };
  const text = evaluateTimerText(definition.value, evaluation);
  if (!text.ok) return text;
  const schedule = firstSchedule(definition.timerType, text.value, nowMs);
  if (!schedule.ok) return schedule;
  const cycle = definition.timerType === 'cycle' ? text.value : '';
  return { ok: true, value: { kind: 'timer', schedule: schedule.value, cycle } };
}
