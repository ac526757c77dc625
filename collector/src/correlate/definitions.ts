import type { FlowDefinition } from '../config/flow.ts';
import type { ProcessDefinition } from '../event/event.ts';
import type { CorrelatedEvent } from './model.ts';

/** The processes that engines were seen to deploy, by id. */
export type Definitions = { get(id: string): ProcessDefinition | undefined };

export const NO_DEFINITIONS: Definitions = new Map();

/** What people call the event's activity: as the flow says, else as the process says, else its type. */
export function activityOf(event: CorrelatedEvent, flow: FlowDefinition, definitions: Definitions): string {
  const mapped = flow.activities.get(event.type);
  if (mapped !== undefined || event.engine === undefined) return mapped ?? event.type;
  const { element } = event.engine;
  const names = definitions.get(event.engine.definition)?.names ?? {};
  const name = (Object.hasOwn(names, element) ? names[element] : undefined) ?? element;
  return flow.activities.get(element) ?? flow.activities.get(name) ?? name;
}
