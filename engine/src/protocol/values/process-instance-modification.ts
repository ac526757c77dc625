import { type Document, EMPTY_DOCUMENT } from '../document.ts';
import { type Key, NO_KEY } from '../key.ts';
import { valueSchema } from '../value-schema.ts';

/** Variables for the element that is activated or a scope around it; empty `elementId`: for the process instance. */
export type VariableInstruction = { readonly variables: Document; readonly elementId: string };

export type ActivateInstruction = {
  readonly elementId: string;
  /** The element instance inside of which it is to be; -1: found, where there is only one. */
  readonly ancestorScopeKey: Key;
  readonly variableInstructions: readonly VariableInstruction[];
};

export type TerminateInstruction = { readonly elementInstanceKey: Key };

/** Moves the tokens of a process instance: elements begin, element instances end. */
export type ProcessInstanceModificationValue = {
  readonly processInstanceKey: Key;
  readonly terminateInstructions: readonly TerminateInstruction[];
  readonly activateInstructions: readonly ActivateInstruction[];
  readonly tenantId: string;
};

/** Parts of values have no records of their own: 0 is no code. */
const variableInstruction = valueSchema<VariableInstruction>()({
  code: 0,
  commands: [],
  events: [],
  defaults: { variables: EMPTY_DOCUMENT, elementId: '' },
  documents: ['variables'],
});

const activateInstruction = valueSchema<ActivateInstruction>()({
  code: 0,
  commands: [],
  events: [],
  defaults: { elementId: '', ancestorScopeKey: NO_KEY, variableInstructions: [] },
  lists: { variableInstructions: variableInstruction },
});

const terminateInstruction = valueSchema<TerminateInstruction>()({
  code: 0,
  commands: [],
  events: [],
  defaults: { elementInstanceKey: NO_KEY },
});

export const processInstanceModification = valueSchema<ProcessInstanceModificationValue>()({
  code: 29,
  commands: ['MODIFY'],
  events: ['MODIFIED'],
  defaults: {
    processInstanceKey: NO_KEY,
    terminateInstructions: [],
    activateInstructions: [],
    tenantId: '<default>',
  },
  lists: { terminateInstructions: terminateInstruction, activateInstructions: activateInstruction },
});
