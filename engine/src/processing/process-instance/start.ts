import type { Document } from '../../protocol/document.ts';
import type { Key } from '../../protocol/key.ts';
import { withDefaults } from '../../protocol/value-types.ts';
import type { ProcessingContext } from '../context.ts';
import { addTrigger } from '../element/trigger.ts';

/** An instance that begins at the given start event, with the variables that the event has brought. */
export function startInstance(
  context: ProcessingContext,
  processInstanceKey: Key,
  processDefinitionKey: Key,
  startEventId: string,
  variables: Document,
): void {
  const process = context.state.processes.get(processDefinitionKey);
  if (process === undefined) throw new Error(`There is no process definition ${processDefinitionKey}`);
  const { bpmnProcessId, version, tenantId } = process;
  const value = withDefaults('PROCESS_INSTANCE', {
    bpmnProcessId,
    version,
    processDefinitionKey,
    processInstanceKey,
    elementId: bpmnProcessId,
    bpmnElementType: 'PROCESS',
    tenantId,
  });
  addTrigger(context, processInstanceKey, value, startEventId, variables);
  context.command('PROCESS_INSTANCE', 'ACTIVATE_ELEMENT', processInstanceKey, value);
}
