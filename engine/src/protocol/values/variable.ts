import type { JsonText } from '../document.ts';
import { type Key, NO_KEY } from '../key.ts';
import { valueSchema } from '../value-schema.ts';

export type VariableValue = {
  readonly name: string;
  /** The value as JSON. */
  readonly value: JsonText;
  /** The element instance that has the variable. */
  readonly scopeKey: Key;
  readonly processInstanceKey: Key;
  readonly processDefinitionKey: Key;
  readonly bpmnProcessId: string;
  readonly tenantId: string;
};

export const variable = valueSchema<VariableValue>()({
  code: 3,
  commands: [],
  events: ['CREATED', 'UPDATED'],
  defaults: {
    name: '',
    value: 'null' as JsonText,
    scopeKey: NO_KEY,
    processInstanceKey: NO_KEY,
    processDefinitionKey: NO_KEY,
    bpmnProcessId: '',
    tenantId: '<default>',
  },
});
