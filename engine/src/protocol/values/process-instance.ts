import type { BpmnElementType, BpmnEventType } from '../../bpmn/model.ts';
import { type Key, NO_KEY } from '../key.ts';
import { valueSchema } from '../value-schema.ts';

/** One element of one process instance: the process itself, a flow node, or a sequence flow that was taken. */
export type ProcessInstanceValue = {
  readonly bpmnProcessId: string;
  readonly version: number;
  readonly processDefinitionKey: Key;
  readonly processInstanceKey: Key;
  readonly elementId: string;
  readonly bpmnElementType: BpmnElementType;
  readonly bpmnEventType: BpmnEventType;
  /** The element instance around this one; -1 for the process itself. */
  readonly flowScopeKey: Key;
  readonly parentProcessInstanceKey: Key;
  readonly parentElementInstanceKey: Key;
  readonly tenantId: string;
  /** The sequence flows whose tokens this element instance has taken in: all of a join's. Not in exported records. */
  readonly takenFlowIds: readonly string[];
};

export const processInstance = valueSchema<ProcessInstanceValue>()({
  code: 1,
  commands: [
    'ACTIVATE_ELEMENT',
    'COMPLETE_ELEMENT',
    'TERMINATE_ELEMENT',
    'CANCEL',
    'CONTINUE_ACTIVATING_ELEMENT',
  ],
  events: [
    'ELEMENT_ACTIVATING',
    'ELEMENT_ACTIVATED',
    'ELEMENT_COMPLETING',
    'ELEMENT_COMPLETED',
    'ELEMENT_TERMINATING',
    'ELEMENT_TERMINATED',
    'SEQUENCE_FLOW_TAKEN',
    'ELEMENT_MIGRATED',
  ],
  defaults: {
    bpmnProcessId: '',
    version: -1,
    processDefinitionKey: NO_KEY,
    processInstanceKey: NO_KEY,
    elementId: '',
    bpmnElementType: 'UNSPECIFIED',
    bpmnEventType: 'UNSPECIFIED',
    flowScopeKey: NO_KEY,
    parentProcessInstanceKey: NO_KEY,
    parentElementInstanceKey: NO_KEY,
    tenantId: '<default>',
    takenFlowIds: [],
  },
  internal: ['takenFlowIds'],
});
