import { type Key, NO_KEY } from '../../protocol/key.ts';
import type { IncidentValue } from '../../protocol/values/incident.ts';
import type { ProcessInstanceValue } from '../../protocol/values/process-instance.ts';
import { scopesFrom } from '../../state/visible-variables.ts';
import type { ProcessingContext } from '../context.ts';

type Path = Pick<IncidentValue, 'elementInstancePath' | 'processDefinitionPath' | 'callingElementPath'>;

/** Where an element instance is: the process instances from the outermost on, and how each called the next. */
export function pathOf(context: ProcessingContext, elementInstanceKey: Key): Path {
  const elementInstancePath: Key[][] = [];
  const processDefinitionPath: Key[] = [];
  const callingElementPath: number[] = [];
  let at = elementInstanceKey;
  while (at !== NO_KEY) {
    const value = context.state.elements.get(at)?.value;
    if (value === undefined) break;
    if (at !== elementInstanceKey) callingElementPath.unshift(indexAmongCalls(context, value));
    elementInstancePath.unshift([...scopesFrom(context.state, at)].reverse());
    processDefinitionPath.unshift(value.processDefinitionKey);
    at = value.parentElementInstanceKey;
  }
  return { elementInstancePath, processDefinitionPath, callingElementPath };
}

/** As in Zeebe: the index of the call activity among all of its process, by id. */
function indexAmongCalls(context: ProcessingContext, value: ProcessInstanceValue): number {
  const { elements } = context.definitions.process(value.processDefinitionKey);
  const calls = [...elements.values()].filter(({ elementType }) => elementType === 'CALL_ACTIVITY');
  return calls
    .map(({ id }) => id)
    .sort()
    .indexOf(value.elementId);
}
