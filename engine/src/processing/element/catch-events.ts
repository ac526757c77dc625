import type { BoundaryEvent, IntermediateCatchEvent, ReceiveTask, StartEvent } from '../../bpmn/model.ts';
import type { ElementStep } from './behavior.ts';
import { sequenceFlowOf } from './flow.ts';
import { flowNodeOf, isBody, isRepeated } from './step.ts';

/** An element that goes on when something happens outside of the process instance, or in time. */
export type CatchEvent = StartEvent | BoundaryEvent | IntermediateCatchEvent | ReceiveTask;

/** The events that an element instance waits at while it is active, those of errors left out. */
export function catchEventsOf(step: ElementStep): readonly CatchEvent[] {
  const { element } = step;
  switch (element.elementType) {
    case 'INTERMEDIATE_CATCH_EVENT':
      return [element];
    case 'EVENT_BASED_GATEWAY':
      return element.outgoing.map((id) => catchEventOf(step, sequenceFlowOf(step, id).targetId));
    case 'RECEIVE_TASK':
      return isBody(step) ? boundaryEventsOf(step) : [element, ...boundaryEventsOf(step)];
    case 'PROCESS':
      return eventSubProcessStartsOf(step, element.eventSubProcessIds);
    case 'SUB_PROCESS':
    case 'EVENT_SUB_PROCESS': {
      const inside = isBody(step) ? [] : eventSubProcessStartsOf(step, element.eventSubProcessIds);
      return [...inside, ...boundaryEventsOf(step)];
    }
    default:
      return boundaryEventsOf(step);
  }
}

/** The event with this id. Throws, as a fault, when there is none. */
export function catchEventOf(step: ElementStep, id: string): CatchEvent {
  const element = flowNodeOf(step, id);
  switch (element.elementType) {
    case 'START_EVENT':
    case 'BOUNDARY_EVENT':
    case 'INTERMEDIATE_CATCH_EVENT':
    case 'RECEIVE_TASK':
      return element;
    default:
      throw new Error(`'${id}' is no event that can be waited for`);
  }
}

/** Start events of the scope's event sub-processes, with those of errors. */
export function eventSubProcessStartsOf(step: ElementStep, ids: readonly string[]): readonly StartEvent[] {
  return ids.flatMap((id) => {
    const eventSubProcess = flowNodeOf(step, id);
    if (eventSubProcess.elementType !== 'EVENT_SUB_PROCESS') return [];
    const start = flowNodeOf(step, eventSubProcess.startEventId);
    return start.elementType === 'START_EVENT' ? [start] : [];
  });
}

const NONE: readonly CatchEvent[] = [];

function boundaryEventsOf(step: ElementStep): readonly CatchEvent[] {
  const ids = boundaryEventIdsOf(step);
  return ids.length === 0 ? NONE : ids.map((id) => catchEventOf(step, id));
}

/** Empty for what is no activity. A multi-instance activity has them on its body, not on the instances inside. */
export function boundaryEventIdsOf(step: ElementStep): readonly string[] {
  const { element } = step;
  if (isRepeated(element) && !isBody(step)) return [];
  return 'boundaryEventIds' in element ? element.boundaryEventIds : [];
}
