import type { BoundaryEvent, ExecutableElement, ExecutableProcess, FlowScope, StartEvent } from './model.ts';

/** Reports a problem at an element of the graph. */
export type Refuse = (element: ExecutableElement, reason: string) => void;

type CatchEvent = StartEvent | BoundaryEvent;

/** Two events of one activity, or of one scope, that would catch the same: which of them did would be chance. */
export function checkCatching(process: ExecutableProcess, refuse: Refuse): void {
  for (const element of process.elements.values()) {
    if ('boundaryEventIds' in element) {
      checkDistinct(eventsOf(process, element.boundaryEventIds), refuse);
    }
    if ('eventSubProcessIds' in element) {
      checkDistinct(eventsOf(process, eventSubProcessStarts(process, element)), refuse);
    }
  }
  checkDistinct(eventsOf(process, process.root.startEventIds), refuse);
}

function eventSubProcessStarts(process: ExecutableProcess, scope: FlowScope): readonly string[] {
  return scope.eventSubProcessIds.flatMap((id) => {
    const eventSubProcess = process.elements.get(id);
    return eventSubProcess?.elementType === 'EVENT_SUB_PROCESS' ? [eventSubProcess.startEventId] : [];
  });
}

function eventsOf(process: ExecutableProcess, ids: readonly string[]): readonly CatchEvent[] {
  return ids.flatMap((id) => {
    const event = process.elements.get(id);
    return event?.elementType === 'BOUNDARY_EVENT' || event?.elementType === 'START_EVENT' ? [event] : [];
  });
}

function checkDistinct(events: readonly CatchEvent[], refuse: Refuse): void {
  const seen = new Set<string>();
  for (const event of events) {
    const caught = caughtBy(event);
    if (caught === undefined) continue;
    if (seen.has(caught)) refuse(event, `another event here catches ${caught} already`);
    seen.add(caught);
  }
}

/** Undefined for what may stand there twice: timers, and names that are known only at run time. */
function caughtBy({ definition }: CatchEvent): string | undefined {
  switch (definition.kind) {
    case 'message':
    case 'signal':
      return definition.name.kind === 'static'
        ? `the ${definition.kind} '${definition.name.value}'`
        : undefined;
    case 'error':
      if (definition.errorCode === undefined) return 'every error';
      return definition.errorCode.kind === 'static' ? `the error '${definition.errorCode.value}'` : undefined;
    default:
      return undefined;
  }
}
