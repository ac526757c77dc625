import { type Document, EMPTY_DOCUMENT } from '../document.ts';
import { type Key, NO_KEY } from '../key.ts';
import { valueSchema } from '../value-schema.ts';

export type ProcessInstanceCreationValue = {
  readonly bpmnProcessId: string;
  /** -1: the latest. */
  readonly version: number;
  /** -1: found by process id and version. */
  readonly processDefinitionKey: Key;
  readonly processInstanceKey: Key;
  readonly variables: Document;
  readonly startInstructions: readonly StartInstruction[];
  readonly tenantId: string;
};

export type StartInstruction = { readonly elementId: string };

export const processInstanceCreation = valueSchema<ProcessInstanceCreationValue>()({
  code: 2,
  commands: ['CREATE', 'CREATE_WITH_AWAITING_RESULT'],
  events: ['CREATED'],
  defaults: {
    bpmnProcessId: '',
    version: -1,
    processDefinitionKey: NO_KEY,
    processInstanceKey: NO_KEY,
    variables: EMPTY_DOCUMENT,
    startInstructions: [],
    tenantId: '<default>',
  },
  documents: ['variables'],
});
