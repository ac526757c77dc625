import type { JsonText } from '../document.ts';
import { type Key, NO_KEY } from '../key.ts';
import { valueSchema } from '../value-schema.ts';

/** How a multi-instance activity gets on; the record's key is that of its body. */
export type MultiInstanceValue = {
  /** In `INPUT_COLLECTION_EVALUATED`: one instance for each of these. */
  readonly inputCollection: readonly JsonText[];
  /** Which of them has completed, from 1 on; -1 in `INPUT_COLLECTION_EVALUATED`. */
  readonly loopCounter: number;
  /** In `OUTPUT_ELEMENT_EVALUATED`: its result. */
  readonly outputElement: JsonText;
  readonly elementId: string;
  readonly processInstanceKey: Key;
  readonly processDefinitionKey: Key;
  readonly tenantId: string;
  /** In `INPUT_COLLECTION_EVALUATED`: how many commands in a row had led to it; 0 in older records. */
  readonly chainLength: number;
};

export const multiInstance = valueSchema<MultiInstanceValue>()({
  code: 28,
  commands: [],
  events: ['INPUT_COLLECTION_EVALUATED', 'OUTPUT_ELEMENT_EVALUATED', 'COMPLETION_CONDITION_MET'],
  defaults: {
    inputCollection: [],
    loopCounter: -1,
    outputElement: 'null' as JsonText,
    elementId: '',
    processInstanceKey: NO_KEY,
    processDefinitionKey: NO_KEY,
    tenantId: '<default>',
    chainLength: 0,
  },
  internal: ['chainLength'],
});
