import { type Document, EMPTY_DOCUMENT } from '../document.ts';
import { type Key, NO_KEY } from '../key.ts';
import { valueSchema } from '../value-schema.ts';

/** What made an element go on: a job's end, a message, a timer, an error; with the variables that it brought. */
export type ProcessEventValue = {
  /** The element instance that waited. */
  readonly scopeKey: Key;
  /** The element that goes on: the one that waited, or one of its boundary events. */
  readonly targetElementId: string;
  readonly variables: Document;
  readonly processDefinitionKey: Key;
  readonly processInstanceKey: Key;
  readonly tenantId: string;
  /** Everything else in the scope ends: the target starts an interrupting event sub-process. Not exported. */
  readonly interruptsScope: boolean;
};

export const processEvent = valueSchema<ProcessEventValue>()({
  code: 9,
  commands: [],
  events: ['TRIGGERING', 'TRIGGERED'],
  defaults: {
    scopeKey: NO_KEY,
    targetElementId: '',
    variables: EMPTY_DOCUMENT,
    processDefinitionKey: NO_KEY,
    processInstanceKey: NO_KEY,
    tenantId: '<default>',
    interruptsScope: false,
  },
  documents: ['variables'],
  internal: ['interruptsScope'],
});
